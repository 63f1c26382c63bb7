"""Ways to endpoints that are found by a look into a table, and not by asking one route after the other (adr/0060)."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from inspect import isawaitable
from re import Pattern
from typing import Any, Final, Protocol, cast, override, runtime_checkable

from fastapi import FastAPI, Request, Response
from starlette.convertors import Convertor, PathConvertor
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send

from datastore_service.api.http.json_requests import JsonRequest
from datastore_service.library_internals.fastapi import RouteContext, iter_route_contexts

type Answer = Callable[[Request], Awaitable[Response]]


@runtime_checkable
class DirectRoute(Protocol):
    """A route that can be left to answer by itself; `direct` is None if it cannot."""

    path: str
    direct: Answer | None


class Service(FastAPI):
    """FastAPI's application; around it stands what protects the service, and before its routing the table.

    Middleware that is added to it is passed by every request that is let in.
    """

    def __init__(self, protect: Callable[[ASGIApp], ASGIApp], **settings: Any) -> None:  # noqa: ANN401 - FastAPI's own
        super().__init__(**settings)
        self._protect = protect

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Does as FastAPI does without a root path and without telemetry of its own, neither of which there is."""
        scope["app"] = self
        if self.middleware_stack is None:
            self.middleware_stack = self.build_middleware_stack()
        await self.middleware_stack(scope, receive, send)

    @override
    def build_middleware_stack(self) -> ASGIApp:
        added, self.user_middleware = self.user_middleware, []
        app: ASGIApp = DirectRoutes(self, super().build_middleware_stack())
        self.user_middleware = added
        for kind, arguments, named in reversed(added):
            app = kind(app, *arguments, **named)
        return self._protect(app)


@dataclass(frozen=True, slots=True)
class _Entry:
    """An entry of the table; `way` is None if FastAPI has to dispatch."""

    methods: frozenset[str]
    path: str
    pattern: Pattern[str]
    convertors: dict[str, Convertor[Any]]
    way: DirectRoute | None

    @property
    def has_any_length(self) -> bool:
        """Whether paths with different numbers of segments match it."""
        return any(isinstance(each, PathConvertor) for each in self.convertors.values())

    def matches(self, method: str, path: str) -> bool:
        """Tells whether such a request is this route's, if no earlier one's."""
        return method in self.methods and self.pattern.match(path) is not None


class DirectRoutes:
    """Answers requests of routes that can be called directly; all others are FastAPI's, with all that it does."""

    def __init__(self, app: FastAPI, otherwise: ASGIApp) -> None:
        """Makes the table of the routes that there are; those that are added later are FastAPI's."""
        self._app = app
        self._otherwise = otherwise
        self._fixed: Final[dict[tuple[str, str], DirectRoute | None]] = {}
        self._varying: Final[defaultdict[tuple[str, int], list[_Entry]]] = defaultdict(list)
        self._longer: Final[defaultdict[str, list[_Entry]]] = defaultdict(list)
        entries = list(_entries(app.routes))
        self._longest: Final = max((entry.path.count("/") for entry in entries), default=0)
        for entry in entries:
            for method in entry.methods:
                if entry.has_any_length:
                    for length in range(entry.path.count("/"), self._longest + 1):
                        self._varying[method, length].append(entry)
                    self._longer[method].append(entry)
                elif entry.convertors:
                    self._varying[method, entry.path.count("/")].append(entry)
                elif entry is next(each for each in entries if each.matches(method, entry.path)):
                    self._fixed[method, entry.path] = entry.way

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        way = self.way(scope) if scope["type"] == "http" and not scope.get("root_path") else None
        if way is None or way.direct is None:
            await self._otherwise(scope, receive, send)
            return
        scope["route"], scope["router"] = way, self._app.router
        request = JsonRequest(scope, receive, send)
        try:
            response = await way.direct(request)
        except Exception as error:
            response = await self._handled(request, error)
            if response is None:
                raise
        await response(scope, receive, send)

    def way(self, scope: Scope) -> DirectRoute | None:
        """Returns the route that a request is for, if it is one of those, and puts what varies in its path in place."""
        method, path = scope["method"], scope["path"]
        fixed = self._fixed.get((method, path))
        if fixed is not None:
            scope["path_params"] = {}
            return fixed
        if (method, path) in self._fixed:
            return None
        length = path.count("/")
        entries = self._varying.get((method, length)) if length <= self._longest else self._longer.get(method)
        for entry in entries or ():
            if match := entry.pattern.match(path):
                convertors = entry.convertors
                scope["path_params"] = {
                    name: convertors[name].convert(value) for name, value in match.groupdict().items()
                }
                return entry.way
        return None

    async def _handled(self, request: Request, error: Exception) -> Response | None:
        """Has an error handled by what is registered for it, None if nothing is (as Starlette looks for it)."""
        handlers = self._app.exception_handlers
        handle = handlers.get(error.status_code) if isinstance(error, HTTPException) else None
        kinds = (kind for kind in type(error).__mro__ if kind is not Exception)
        handle = handle or next((handlers[kind] for kind in kinds if kind in handlers), None)
        response: Any = handle and handle(request, error)
        return await response if isawaitable(response) else response


def _entries(routes: Sequence[BaseRoute]) -> Iterator[_Entry]:
    """Yields the routes in their order, up to one of which it cannot be told what it matches."""
    for context in iter_route_contexts(routes):
        route = context.original_route
        if isinstance(route, WebSocketRoute):
            continue
        pattern, path = getattr(context, "path_regex", None), context.path
        if pattern is None or path is None or context.methods is None:
            return
        way = route if isinstance(route, DirectRoute) and route.direct and _is_itself(context) else None
        yield _Entry(frozenset(context.methods), path, pattern, cast("Any", context).param_convertors, way)


def _is_itself(context: RouteContext) -> bool:
    """Tells whether nothing was added to a route where its router was included; what was, FastAPI knows."""
    added, own = (getattr(each, "dependencies", []) for each in (context, context.original_route))
    return context.path == getattr(context.original_route, "path", None) and added == own
