"""The table of routes: it finds what FastAPI would find, and leaves to it what it cannot know."""

from collections.abc import Awaitable, Callable

import httpx2
import pytest
from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.routing import iter_route_contexts
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.routing import Match
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from datastore_service.api.http.direct_routes import DirectRoutes, Service
from datastore_service.api.http.json_requests import JsonRoute
from datastore_service.main import create_app
from tests.settings import settings_with

ID = "01890a5d-ac96-774b-bcce-b302099a8057"
SEGMENTS = ("records", "collections", "webhooks", "consumers", "get", "search", "links", "indexes", ID, "revisions")


class Known(Exception):
    """Something that the application handles."""


async def fails(_request: Request) -> Response:
    raise Known


async def answers(request: Request) -> Response:
    return Response(f"{request.scope['route'].path} {request.path_params}")


async def handled(_request: Request, _error: Exception) -> Response:
    return Response("handled")


def service(*routers: APIRouter, prefix: str = "") -> Service:
    app = Service(lambda routes: routes)
    app.state.settings = settings_with(environment="local")
    for router in routers:
        app.include_router(router, prefix=prefix)
    return app


def router_of(paths: dict[str, Callable[[Request], Awaitable[Response]]]) -> APIRouter:
    router = APIRouter(route_class=JsonRoute)
    for path, endpoint in paths.items():
        router.add_api_route(path, endpoint, methods=["GET"])
    return router


async def ask(app: FastAPI, path: str, method: str = "GET") -> httpx2.Response:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost") as client:
        return await client.request(method, path)


def paths() -> list[str]:
    """Returns all paths of up to four of the segments that routes are about, right or wrong."""
    found = [""]
    for _ in range(3):
        found += [f"{path}/{segment}" for path in found for segment in SEGMENTS]
    return sorted({path or "/" for path in found} | {"/graphql", "/batch", "/metrics", "/health/live", "/records/"})


def test_finds_the_routes_that_the_framework_finds() -> None:
    app = create_app(settings_with(environment="local"))

    async def otherwise(*_: object) -> None: ...

    table = DirectRoutes(app, otherwise)
    known = list(iter_route_contexts(app.routes))
    direct = 0
    for path in paths():
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            scope: Scope = {"type": "http", "method": method, "path": path, "headers": [], "query_string": b""}
            way = table.way(dict(scope))
            if way is None:
                continue
            direct += 1
            found = [each for each in known if each.matches(dict(scope))[0] is Match.FULL]
            assert way is found[0].original_route, (method, path)

    assert direct > 50


async def test_what_is_handled_by_the_application_is_handled_for_direct_routes_as_well() -> None:
    app = service(router_of({"/fails": fails}))
    app.add_exception_handler(Known, handled)

    assert (await ask(app, "/fails")).text == "handled"
    with pytest.raises(Known):
        await ask(service(router_of({"/fails": fails})), "/fails")


async def test_what_is_added_where_a_router_is_included_is_not_passed_over() -> None:
    seen: list[str] = []

    async def see(request: Request) -> None:
        seen.append(request.url.path)

    prefixed = service(router_of({"/items": answers}), prefix="/v1")
    guarded = Service(lambda routes: routes)
    guarded.state.settings = settings_with(environment="local")
    guarded.include_router(router_of({"/items": answers}), dependencies=[Depends(see)])

    assert (await ask(prefixed, "/v1/items")).status_code == 200
    assert (await ask(prefixed, "/items")).status_code == 404
    assert (await ask(guarded, "/items")).status_code == 200
    assert seen == ["/items"]


async def test_middleware_of_others_is_passed() -> None:
    app = service(router_of({"/items": answers}))

    async def mark(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await call_next(request)
        response.headers["X-Seen"] = "yes"
        return response

    app.add_middleware(BaseHTTPMiddleware, dispatch=mark)

    assert (await ask(app, "/items")).headers["x-seen"] == "yes"
    assert (await ask(app, "/missing")).headers["x-seen"] == "yes"


async def test_what_comes_after_something_unknown_is_left_to_the_framework(tmp_path: str) -> None:
    app = Service(lambda routes: routes)
    app.state.settings = settings_with(environment="local")
    app.mount("/items", StaticFiles(directory=tmp_path))
    app.include_router(router_of({"/items/{name}": answers}))

    assert (await ask(app, "/items/one")).status_code == 404


async def test_the_first_of_two_routes_is_meant() -> None:
    app = service(router_of({"/items/{name}": answers, "/items/all": fails}))

    assert (await ask(app, "/items/all")).text == "/items/{name} {'name': 'all'}"
    assert (await ask(app, "/items/one/two")).status_code == 404
    assert (await ask(app, "/items/one", "POST")).status_code == 405
