"""Calls of endpoints without FastAPI's general way, for those that ask for nothing which needs it (adr/0060)."""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from inspect import iscoroutinefunction, signature
from typing import Any, cast

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_validation_alias, request_params_to_args
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel

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

    async def handle(request: Request) -> Response:
        body: Any = await request.json() if has_body else None
        values: dict[str, Any] = {name: await call(request) for name, call in dependencies}
        errors: list[Any] = []
        for field, alias in in_path:
            values[field.name], wrong = field.validate(request.path_params[alias], values, loc=("path", alias))
            errors += wrong
        if model is not None and not request.scope["query_string"]:
            # The parameters of a model are looked for one by one, be there any or not.
            values[model.name], wrong = model.validate({}, {}, loc=("query",))
            errors += wrong
        elif wanted.query_params:
            found, wrong = request_params_to_args(wanted.query_params, request.query_params)
            values |= found
            errors += wrong
        for field in wanted.body_params:
            values[field.name], wrong = field.validate(body, values, loc=("body",))
            errors += wrong
        if errors:
            raise RequestValidationError(errors, body=body)
        if wanted.request_param_name is not None:
            values[wanted.request_param_name] = request
        return await endpoint(**values)

    return handle


def _only_model(fields: Sequence[Any]) -> Any:  # noqa: ANN401 - FastAPI does not publish the type
    """Returns the one field, if all parameters are read into the model that it is of."""
    annotation = fields[0].field_info.annotation if len(fields) == 1 else None
    return fields[0] if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None


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
