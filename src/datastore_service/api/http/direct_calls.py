"""Calls of endpoints without FastAPI's general way, for those that ask for nothing which needs it (adr/0060)."""

from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from inspect import iscoroutinefunction, signature
from typing import Any, Final, cast, get_origin

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo
from starlette.datastructures import QueryParams

from datastore_service.api.http.problems import Problem, RequestRefused
from datastore_service.library_internals.fastapi import (
    Dependant,
    adapter_of,
    get_validation_alias,
    request_params_to_args,
)

_MOST_ERRORS: Final = 1000
"""How many errors are looked at; to describe hundreds of thousands takes seconds."""

_NO_QUERY: Final = QueryParams()

type Handle = Callable[[Request], Coroutine[Any, Any, Response]]


def direct_call(route: APIRoute) -> Handle | None:
    """Returns what answers a request as FastAPI would: it reads the parameters and the body, and calls the endpoint.

    None if the endpoint gives anything but a response, or asks for more than values of the path, the query and a JSON
    body, the request, and what async functions of the request alone return.
    """
    wanted, endpoint = route.dependant, route.endpoint
    has_body = route.body_field is not None
    if has_body and wanted.body_params != [route.body_field]:
        return None
    if route.response_field is not None or not _is_simple(wanted) or not all(map(_is_of_request, wanted.dependencies)):
        return None
    dependencies: list[tuple[str, Callable[[Request], Awaitable[Any]]]] = [
        (each.name, each.call) for each in wanted.dependencies if each.name and each.call
    ]
    in_path = [(field, get_validation_alias(field)) for field in wanted.path_params]
    model = _only_model(wanted.query_params)
    lists = _lists_of(model)
    # FastAPI describes all errors that there are; here it is looked at first how many.
    bodies: list[tuple[str, TypeAdapter[Any]]] = [(field.name, adapter_of(field)) for field in wanted.body_params]

    async def handle(request: Request) -> Response:
        body: Any = await request.json() if has_body else None
        values: dict[str, Any] = {name: await call(request) for name, call in dependencies}
        errors: list[Any] = []
        for field, alias in in_path:
            values[field.name], wrong = field.validate(request.path_params[alias], values, loc=("path", alias))
            errors += wrong
        given = request.query_params if request.scope["query_string"] else _NO_QUERY
        if model is not None:
            # FastAPI looks for each parameter of a model, given or not, and once more for its alias.
            found = {name: given.getlist(name) if name in lists else value for name, value in given.items()}
            values[model.name], wrong = model.validate(found, {}, loc=("query",))
            errors += wrong
        elif wanted.query_params:
            found, wrong = request_params_to_args(wanted.query_params, given)
            values |= found
            errors += wrong
        for name, adapter in bodies:
            values[name], wrong = _validated(adapter, body)
            errors += wrong
        if errors:
            raise RequestValidationError(errors, body=body)
        if wanted.request_param_name is not None:
            values[wanted.request_param_name] = request
        return await endpoint(**values)

    return handle


def _validated(adapter: TypeAdapter[Any], body: object) -> tuple[Any, list[Any]]:
    """Returns what is made of a body, and what is wrong with it, as FastAPI does.

    Raises:
        RequestRefused: More is wrong than can be told.
    """
    try:
        return adapter.validate_python(body, from_attributes=True), []
    except ValidationError as error:
        if error.error_count() > _MOST_ERRORS:
            detail = f"The body breaks {error.error_count()} rules; send less of it to be told which."
            raise RequestRefused(Problem("validation_failed", detail)) from None
        return None, [{**each, "loc": ("body", *each["loc"])} for each in error.errors(include_url=False)]


def _only_model(fields: Sequence[Any]) -> Any:  # noqa: ANN401 - FastAPI does not publish the type
    """Returns the one field, if all parameters are read into the model that it is of, by the names of its members."""
    annotation = fields[0].field_info.annotation if len(fields) == 1 else None
    if not isinstance(annotation, type) or not issubclass(annotation, BaseModel):
        return None
    return None if any(member.validation_alias for member in annotation.model_fields.values()) else fields[0]


def _lists_of(model: Any) -> frozenset[str]:  # noqa: ANN401 - FastAPI does not publish the type
    """Returns the parameters of a model that may be given more than once."""
    if model is None:
        return frozenset()
    members: Mapping[str, FieldInfo] = model.field_info.annotation.model_fields
    return frozenset(name for name, member in members.items() if get_origin(member.annotation) is list)


def _is_of_request(dependency: Dependant) -> bool:
    parameters = (dependency.dependencies, dependency.path_params, dependency.query_params, dependency.body_params)
    asks_for = list(signature(cast("Any", dependency.call)).parameters)
    return _is_simple(dependency) and not any(parameters) and asks_for == [dependency.request_param_name]


def _is_simple(wanted: Dependant) -> bool:
    others = (
        *(wanted.http_connection_param_name, wanted.websocket_param_name, wanted.response_param_name),
        *(wanted.background_tasks_param_name, wanted.security_scopes_param_name),
        *(wanted.header_params, wanted.cookie_params),
    )
    return iscoroutinefunction(wanted.call) and not any(others)
