"""The table of routes: finds the endpoint of a request, lets it answer, and sends the response (adr/0101)."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from inspect import isawaitable
from re import Pattern
from typing import Any, Final, Protocol, cast, override, runtime_checkable

from fastapi import FastAPI, Request, Response
from starlette.convertors import Convertor, PathConvertor
from starlette.datastructures import State
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from datastore_service.api.http.json_requests import JsonRequest
from datastore_service.api.http.rest import Answer
from datastore_service.library_internals.fastapi import RouteContext, iter_route_contexts


@runtime_checkable
class AnsweringRoute(Protocol):
    """A route of the service."""

    path: str

    def answering(self, route: Any, /) -> Answer:  # noqa: ANN401 - what FastAPI knows of a route, which it does not document
        """Returns what answers the requests of the route, as a router includes it."""
        ...


class _State(State):
    """The state of an application, whose members are attributes: Python finds them without calling a method."""

    def __init__(self) -> None:
        super().__init__(vars(self))


class Service(FastAPI):
    """FastAPI's application with the protective layers around it, and the table in front of its routing.

    Middleware that is added to it sees every admitted request.
    """

    def __init__(self, protect: Callable[[ASGIApp], ASGIApp], **settings: Any) -> None:  # noqa: ANN401 - FastAPI's own
        super().__init__(**settings)
        self.state = _State()
        self._protect = protect

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Does what FastAPI does without a root path and telemetry, which are not used."""
        scope["app"] = self
        if self.middleware_stack is None:
            self.middleware_stack = self.build_middleware_stack()
        await self.middleware_stack(scope, receive, send)

    @override
    def build_middleware_stack(self) -> ASGIApp:
        added, self.user_middleware = self.user_middleware, []
        app: ASGIApp = RouteTable(self, super().build_middleware_stack())
        self.user_middleware = added
        for kind, arguments, named in reversed(added):
            app = kind(app, *arguments, **named)
        return self._protect(app)


@dataclass(frozen=True, slots=True)
class _Entry:
    """A route in the table.

    Attributes:
        methods: None if the route accepts all of them, as a mount does.
        pattern: The pattern of the paths; None if the route itself has to match.
        segments: The number of slashes in its paths; None if that varies.
        answer: Answers its requests; None if FastAPI does.
    """

    route: BaseRoute
    methods: frozenset[str] | None
    path: str
    pattern: Pattern[str] | None
    convertors: dict[str, Convertor[Any]]
    segments: int | None
    answer: Answer | None

    def may_be_meant(self, method: str, segments: int) -> bool:
        """Tells whether the path is worth matching."""
        return (self.methods is None or method in self.methods) and self.segments in (None, segments)

    def matches(self, scope: Scope) -> bool:
        """Tells whether a request with this path is for this route."""
        if self.pattern is None:
            return self.route.matches(scope)[0] is not Match.NONE
        return self.pattern.match(scope["path"]) is not None


class RouteTable:
    """Answers requests for the service's routes; FastAPI answers those for other routes, and for none."""

    def __init__(self, app: FastAPI, otherwise: ASGIApp) -> None:
        """Makes the table of the present routes; FastAPI serves those that are added later."""
        self._app = app
        self._otherwise = otherwise
        self._entries: Final = list(_entries(app.routes))
        self._longest: Final = max((entry.segments or 0 for entry in self._entries), default=0)
        self._methods: Final = frozenset[str]().union(*(entry.methods or () for entry in self._entries))
        self._candidates: Final[dict[tuple[str, int], list[_Entry]]] = {}
        self._fixed: Final = dict(self._fixed_paths())

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        entry = self.find(scope) if scope["type"] == "http" and not scope.get("root_path") else None
        if entry is None or entry.answer is None:
            await self._otherwise(scope, receive, send)
            return
        scope["route"], scope["router"] = entry.route, self._app.router
        request = JsonRequest(scope, receive, send)
        try:
            response = await entry.answer(request)
        except Exception as error:
            response = await self._handled(request, error)
            if response is None:
                raise
        await response(scope, receive, send)

    def find(self, scope: Scope) -> _Entry | None:
        """Returns the first route for a request, and puts the path's parameters into the scope."""
        method, path = scope["method"], scope["path"]
        fixed = self._fixed.get((method, path))
        if fixed is not None:
            scope["path_params"] = {}
            return fixed
        for entry in self._worth_a_look(method, path):
            if entry.answer is None or entry.pattern is None:
                if entry.matches(scope):
                    return entry
            elif match := entry.pattern.match(path):
                convertors = entry.convertors
                scope["path_params"] = {
                    name: convertors[name].convert(value) for name, value in match.groupdict().items()
                }
                return entry
        return None

    def _worth_a_look(self, method: str, path: str) -> Sequence[_Entry]:
        """Returns the routes with this method and number of segments, in order."""
        key = (method if method in self._methods else "", min(path.count("/"), self._longest + 1))
        known = self._candidates.get(key)
        if known is None:
            known = self._candidates[key] = [entry for entry in self._entries if entry.may_be_meant(*key)]
        return known

    def _fixed_paths(self) -> Iterator[tuple[tuple[str, str], _Entry]]:
        """Yields the routes that method and path identify, because no earlier route matches such a request."""
        for entry in self._entries:
            if entry.answer is None or entry.convertors:
                continue
            for method in entry.methods or ():
                scope: Scope = {"type": "http", "method": method, "path": entry.path, "headers": []}
                earlier = (each for each in self._worth_a_look(method, entry.path) if each.matches(scope))
                if next(earlier) is entry:
                    yield (method, entry.path), entry

    async def _handled(self, request: Request, error: Exception) -> Response | None:
        """Calls the registered handler of an error; None if there is none (found as Starlette does)."""
        handlers = self._app.exception_handlers
        handle = handlers.get(error.status_code) if isinstance(error, HTTPException) else None
        kinds = (kind for kind in type(error).__mro__ if kind is not Exception)
        handle = handle or next((handlers[kind] for kind in kinds if kind in handlers), None)
        response: Any = handle and handle(request, error)
        return await response if isawaitable(response) else response


def _entries(routes: Sequence[BaseRoute]) -> Iterator[_Entry]:
    for context in iter_route_contexts(routes):
        if not isinstance(context.original_route, WebSocketRoute):
            yield _entry(context)


def _entry(context: RouteContext) -> _Entry:
    route, path, methods = context.original_route, context.path or "", context.methods
    pattern: Pattern[str] | None = getattr(context, "path_regex", None)
    convertors: dict[str, Convertor[Any]] = getattr(context, "param_convertors", {})
    has_any_length = pattern is None or any(isinstance(each, PathConvertor) for each in convertors.values())
    return _Entry(
        route=route,
        methods=None if methods is None else frozenset(methods),
        path=path,
        pattern=pattern,
        convertors=convertors,
        segments=None if has_any_length else path.count("/"),
        answer=route.answering(cast("Any", context)) if isinstance(route, AnsweringRoute) else None,
    )
