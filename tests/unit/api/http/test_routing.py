"""The table of routes: it finds what FastAPI would find, and leaves to FastAPI the routes of others."""

from collections.abc import Awaitable, Callable

import httpx2
import pytest
from fastapi import APIRouter, Depends, FastAPI, Request, Response
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.middleware.base import BaseHTTPMiddleware
from starlette.routing import Match
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from datastore_service.api.http.rest import JsonRoute, ServiceRoute
from datastore_service.api.http.routing import RouteTable, Service
from datastore_service.main import create_app
from tests.settings import settings_with

ID = "01890a5d-ac96-774b-bcce-b302099a8057"
PATHS = ("/records", "/changes", "/export", "/metrics", "/health/live", "/health/ready", "/graphql", "/redoc")
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

    table = RouteTable(app, otherwise)
    known = list(iter_route_contexts(app.routes))
    answered: set[str] = set()
    for path in paths():
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            scope: Scope = {"type": "http", "method": method, "path": path, "headers": [], "query_string": b""}
            entry = table.find(dict(scope))
            found = [each for each in known if each.matches(dict(scope))[0] is Match.FULL]
            assert (entry and entry.route) is (found[0].original_route if found else None), (method, path)
            if entry is not None and entry.answer is not None:
                answered.add(f"{method} {entry.path}")

    assert len(answered) > 30


def test_has_an_answer_to_each_route_of_the_service() -> None:
    app = create_app(settings_with(environment="local"))

    async def otherwise(*_: object) -> None: ...

    answered = {
        entry.path
        for path in (*PATHS, "/openapi.json", "/docs")
        if (entry := RouteTable(app, otherwise).find({"type": "http", "method": "GET", "path": path})) and entry.answer
    }
    described = [each.original_route for each in iter_route_contexts(app.routes)]

    assert answered == {*PATHS, "/docs"}
    assert all(isinstance(route, ServiceRoute) for route in described if isinstance(route, APIRoute))


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


async def test_a_mount_takes_the_paths_below_it_from_the_routes_that_follow(tmp_path: str) -> None:
    app = Service(lambda routes: routes)
    app.state.settings = settings_with(environment="local")
    app.mount("/items", StaticFiles(directory=tmp_path))
    app.include_router(router_of({"/items/{name}": answers, "/others/{name}": answers}))

    assert (await ask(app, "/items/one")).status_code == 404
    assert (await ask(app, "/others/one")).text == "/others/{name} {'name': 'one'}"


async def test_a_team_s_own_routes_are_fastapi_s() -> None:
    app = service(router_of({"/items/{name}": answers}))

    @app.get("/sums")
    def total(first: int, second: int = 2) -> dict[str, int]:  # pyright: ignore[reportUnusedFunction] - FastAPI calls it
        return {"total": first + second}

    assert (await ask(app, "/sums?first=1")).json() == {"total": 3}
    assert (await ask(app, "/items/one")).status_code == 200


async def test_a_service_that_is_mounted_answers_in_the_same_way() -> None:
    outer = FastAPI()
    outer.mount("/store", service(router_of({"/items/{name}": answers})))

    assert (await ask(outer, "/store/items/one")).text == "/items/{name} {'name': 'one'}"
    assert (await ask(outer, "/store/items/one?unknown=1")).status_code == 200
    assert (await ask(outer, "/store/items")).status_code == 404


async def test_the_first_of_two_routes_is_meant() -> None:
    app = service(router_of({"/items/{name}": answers, "/items/all": fails}))

    assert (await ask(app, "/items/all")).text == "/items/{name} {'name': 'all'}"
    assert (await ask(app, "/items/one/two")).status_code == 404
    assert (await ask(app, "/items/one", "POST")).status_code == 405
