"""The arguments of endpoints: FastAPI describes them, and `Binding` reads them from requests (adr/0101)."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from inspect import isawaitable, iscoroutinefunction, signature
from typing import Any, Final, Protocol, cast, get_origin

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
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
"""How many errors are described; to describe hundreds of thousands takes seconds."""

_NO_QUERY: Final = QueryParams()

type Endpoint = Callable[..., Awaitable[Response]]


class Described(Protocol):
    """What FastAPI knows about a route, including what the routers add that include it."""

    path: str
    endpoint: Callable[..., Any]
    dependant: Dependant
    body_field: Any
    response_field: Any
    status_code: int | None


class Binding:
    """Reads the arguments of one endpoint from requests, with the fields that FastAPI has made."""

    def __init__(self, route: Described) -> None:
        """Examines the endpoint once.

        Raises:
            TypeError: It requests more than the request and its parameters, one body, and the results of async
            functions
                of the request; or it returns no Response.
        """
        wanted = route.dependant
        _expect_bindable(route)
        self.has_body: Final = route.body_field is not None
        self._dependencies: Final[Sequence[tuple[str | None, Callable[[Request], Awaitable[Any]]]]] = [
            (each.name, cast("Any", each.call)) for each in wanted.dependencies
        ]
        self._in_path: Final = [(field, get_validation_alias(field)) for field in wanted.path_params]
        self._in_query: Final = wanted.query_params
        self._headers: Final = wanted.header_params
        self._cookies: Final = wanted.cookie_params
        self._model: Final = _only_model(wanted.query_params)
        self._lists: Final = _lists_of(self._model)
        self._bodies: Final[Sequence[tuple[str, TypeAdapter[Any]]]] = [
            (field.name, adapter_of(field)) for field in wanted.body_params
        ]
        self._request: Final = wanted.request_param_name

    async def dependencies_of(self, request: Request) -> dict[str, Any]:
        """Returns the endpoint's dependencies, such as the sender, the preferences and the preconditions."""
        overrides: Mapping[Any, Any] = request.scope["app"].dependency_overrides
        values: dict[str, Any] = {}
        for name, call in self._dependencies:
            value = await (_overridden(overrides[call], request) if call in overrides else call(request))
            if name is not None:
                values[name] = value
        return values

    def arguments_of(self, request: Request, body: object, values: Mapping[str, Any]) -> dict[str, Any]:
        """Returns all arguments of the endpoint: dependencies, parameters, and the validated body.

        Raises:
            RequestValidationError: The parameters or the body are invalid; it has all errors.
            RequestRefused: The body has more errors than can be described.
        """
        bound = {**values}
        errors: list[Any] = []
        for field, alias in self._in_path:
            bound[field.name], wrong = field.validate(request.path_params[alias], bound, loc=("path", alias))
            errors += wrong
        given = request.query_params if request.scope["query_string"] else _NO_QUERY
        if self._model is not None:
            # FastAPI would search for each parameter of a model, given or not, and once more for its alias.
            found = {name: given.getlist(name) if name in self._lists else value for name, value in given.items()}
            bound[self._model.name], wrong = self._model.validate(found, {}, loc=("query",))
            errors += wrong
        elif self._in_query:
            errors += _add(bound, self._in_query, given)
        if self._headers:
            errors += _add(bound, self._headers, request.headers)
        if self._cookies:
            errors += _add(bound, self._cookies, request.cookies)
        for name, adapter in self._bodies:
            bound[name], wrong = _validated(adapter, body)
            errors += wrong
        if errors:
            raise RequestValidationError(errors, body=body)
        if self._request is not None:
            bound[self._request] = request
        return bound


def _add(bound: dict[str, Any], fields: Sequence[Any], given: Any) -> Sequence[Any]:  # noqa: ANN401 - FastAPI's
    found, wrong = request_params_to_args(fields, given)
    bound |= found
    return wrong


async def _overridden(call: Callable[..., Any], request: Request) -> object:
    """Returns the result of an override in `dependency_overrides`: a function of the request, or of nothing."""
    value = call(request) if signature(call).parameters else call()
    return await value if isawaitable(value) else value


def _validated(adapter: TypeAdapter[Any], body: object) -> tuple[Any, list[Any]]:
    """Returns the validated body, and its errors, as FastAPI does.

    Raises:
        RequestRefused: There are more errors than can be described.
    """
    try:
        return adapter.validate_python(body, from_attributes=True), []
    except ValidationError as error:
        # FastAPI would describe every error; here they are counted first.
        if error.error_count() > _MOST_ERRORS:
            detail = f"The body has {error.error_count()} errors; send a smaller part of it to see them."
            raise RequestRefused(Problem("validation_failed", detail)) from None
        return None, [{**each, "loc": ("body", *each["loc"])} for each in error.errors(include_url=False)]


def _only_model(fields: Sequence[Any]) -> Any:  # noqa: ANN401 - FastAPI does not publish the type
    """Returns the only field, if all parameters are read into one model by the names of its members."""
    annotation = fields[0].field_info.annotation if len(fields) == 1 else None
    if not isinstance(annotation, type) or not issubclass(annotation, BaseModel):
        return None
    return None if any(member.validation_alias for member in annotation.model_fields.values()) else fields[0]


def _lists_of(model: Any) -> frozenset[str]:  # noqa: ANN401 - FastAPI does not publish the type
    """Returns the parameters of a model that may be repeated."""
    if model is None:
        return frozenset()
    members: Mapping[str, FieldInfo] = model.field_info.annotation.model_fields
    return frozenset(name for name, member in members.items() if get_origin(member.annotation) is list)


def _expect_bindable(route: Described) -> None:
    """Checks that the endpoint can be called with what is read from requests.

    Raises:
        TypeError: It cannot.
    """
    wanted, name = route.dependant, f"{route.endpoint.__module__}.{route.endpoint.__qualname__} ({route.path})"
    if unfit := _unfit(wanted):
        raise TypeError(f"{name} {unfit}. {_WHAT_FITS}")
    if route.response_field is not None:
        raise TypeError(f"{name} returns no Response; the model of its body stands in `responses`.")
    if route.body_field is not None and wanted.body_params != [route.body_field]:
        raise TypeError(f"{name} has more than one body. {_WHAT_FITS}")
    for dependency in wanted.dependencies:
        if unfit := _unfit(dependency) or _more_than_the_request(dependency):
            raise TypeError(
                f"{name} depends on {cast('Any', dependency.call).__qualname__}, which {unfit}. {_WHAT_FITS}"
            )


_WHAT_FITS: Final = (
    "An endpoint is async and asks for parameters, one JSON body, the Request, and async functions of the Request; for "
    "anything else take an APIRouter without this route_class."
)


def _unfit(wanted: Dependant) -> str | None:
    """Returns what a function requests that cannot be read from a request, or None."""
    others = {
        "a connection": wanted.http_connection_param_name,
        "a WebSocket": wanted.websocket_param_name,
        "FastAPI's Response": wanted.response_param_name,
        "background tasks": wanted.background_tasks_param_name,
        "security scopes": wanted.security_scopes_param_name,
    }
    if not iscoroutinefunction(wanted.call):
        return "is not an async function"
    return next((f"asks for {what}" for what, name in others.items() if name is not None), None)


def _more_than_the_request(dependency: Dependant) -> str | None:
    asked = list(signature(cast("Any", dependency.call)).parameters)
    return None if asked == [dependency.request_param_name] else "takes other arguments than the Request"
