"""What is assumed of FastAPI: how it describes endpoints, and what it does before it calls them."""

from collections.abc import Callable
from dataclasses import fields
from typing import Annotated, Any

import pytest
from fastapi import APIRouter, Body, Depends, FastAPI, Query
from fastapi import routing as fastapi_routing
from fastapi.dependencies import utils
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.datastructures import QueryParams

from datastore_service.library_internals.fastapi import (
    Dependant,
    RouteContext,
    adapter_of,
    described_route,
    get_flat_params,
    get_validation_alias,
    iter_route_contexts,
    request_params_to_args,
)
from tests.unit.library_internals.assumptions import broken, digest

CALLS, ROUTES, ANSWERS = "api/http/binding.py", "api/http/routing.py", "api/http/rest.py"


class Filter(BaseModel):
    limit: int = 3
    tag: list[str] = []


class Paper(BaseModel):
    title: str


async def speaker() -> str:
    raise AssertionError


async def endpoint(
    number: int,
    query: Annotated[Filter, Query()],
    body: Annotated[Paper, Body()],
    who: Annotated[str, Depends(speaker)],
) -> None:
    raise AssertionError(number, query, body, who)


@pytest.fixture
def route() -> APIRoute:
    return APIRoute("/papers/{number}", endpoint, methods=["POST"])


def test_an_endpoint_can_ask_for_nothing_that_is_not_known() -> None:
    known = {
        *("path_params", "query_params", "header_params", "cookie_params", "body_params", "dependencies"),
        *("name", "call", "path", "scope", "use_cache", "concurrency", "own_oauth_scopes", "parent_oauth_scopes"),
        *("request_param_name", "websocket_param_name", "http_connection_param_name", "response_param_name"),
        *("background_tasks_param_name", "security_scopes_param_name"),
    }

    found = {field.name for field in fields(Dependant)}
    assert found == known, broken("fastapi", f"Dependant has other members: {sorted(found ^ known)}", CALLS)


def test_an_endpoint_s_parameters_are_read_by_their_fields(route: APIRoute) -> None:
    wanted = route.dependant
    (number,), (query,), (body,) = wanted.path_params, wanted.query_params, wanted.body_params

    assert (number.name, get_validation_alias(number)) == ("number", "number")
    assert number.validate("7", {}, loc=("path", "number")) == (7, [])
    _, (wrong,) = number.validate("x", {}, loc=("path", "number"))
    assert (wrong["type"], wrong["loc"]) == ("int_parsing", ("path", "number"))
    assert query.field_info.annotation is Filter
    assert query.validate({"limit": "5"}, {}, loc=("query",)) == (Filter(limit=5), [])
    assert route.body_field is body
    assert route.response_field is None
    assert adapter_of(body).validate_python({"title": "a"}) == Paper(title="a")
    assert [each.name for each in wanted.dependencies] == ["who"]
    assert request_params_to_args(wanted.query_params, QueryParams("limit=2&tag=a&tag=b")) == (
        {"query": Filter(limit=2, tag=["a", "b"])},
        [],
    )
    assert {field.alias for field in get_flat_params(wanted)} == {"number", "limit", "tag"}


@pytest.mark.parametrize(
    ("function", "known"),
    [
        (fastapi_routing.get_request_handler, "96bdc3af1760"),
        (utils.solve_dependencies, "f7ae8ceb9165"),
        (utils.request_params_to_args, "ca976c8ea456"),
        (utils.request_body_to_args, "2aafe8bd6a64"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_does_no_more_than_the_service_does_in_its_place(function: Callable[..., Any], known: str) -> None:
    what = f"{function.__name__} has changed (digest {digest(function)}); see what of it is to be done here, too"
    assert digest(function) == known, broken("fastapi", what, CALLS)


def test_routes_are_told_with_what_their_routers_add() -> None:
    router = APIRouter(dependencies=[Depends(speaker)])
    router.add_api_route("/papers/{number:int}", endpoint, methods=["POST"])
    app = FastAPI(openapi_url=None)
    app.include_router(router, prefix="/shelf")
    app.include_router(router)

    below, plain = iter_route_contexts(app.routes)

    assert isinstance(below, RouteContext)
    assert below.original_route is plain.original_route is router.routes[0]
    assert (below.path, plain.path) == ("/shelf/papers/{number:int}", "/papers/{number:int}")
    assert below.methods == {"POST"}
    assert below.path_regex.match("/shelf/papers/7"), broken("fastapi", "RouteContext has no path_regex", ROUTES)
    assert below.param_convertors["number"].convert("7") == 7
    assert getattr(below.original_route, "path", None) == plain.path
    assert len(plain.dependencies) == 1, broken("fastapi", "the dependencies of a router are not told", ROUTES)


def test_a_route_s_handler_is_made_by_the_method_that_is_overridden() -> None:
    described: list[str] = []

    class Marked(APIRoute):
        def get_route_handler(self) -> Any:  # noqa: ANN401 - FastAPI's
            described.append(described_route(self).path)
            return super().get_route_handler()

    router, app = APIRouter(route_class=Marked), FastAPI(openapi_url=None)
    router.add_api_route("/papers/{number}", endpoint, methods=["POST"])
    app.include_router(router, prefix="/shelf")
    list(iter_route_contexts(app.routes))

    assert described == ["/papers/{number}", "/shelf/papers/{number}"], broken(
        "fastapi", "a route is not asked for its handler again where a router includes it", ANSWERS
    )
