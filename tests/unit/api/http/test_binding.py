"""What endpoints are called with: the same as FastAPI would read, and what they may not ask for."""

from collections.abc import AsyncGenerator, Callable
from typing import Annotated, Any

import httpx2
import pytest
from fastapi import APIRouter, BackgroundTasks, Body, Cookie, Depends, FastAPI, Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel

from datastore_service.api.http.rest import JsonRoute
from datastore_service.api.http.routing import Service
from tests.settings import settings_with

pytestmark = pytest.mark.slow


class Filters(BaseModel):
    model_config = {"extra": "forbid"}

    limit: int = 10
    names: list[str] = []
    text: str | None = None


class Content(BaseModel):
    name: str


async def method_of(request: Request) -> str:
    return request.method


def in_a_thread(request: Request) -> str:
    return request.method


async def given() -> str:
    return "given"


def plainly_given() -> str:
    return "given"


def path_of(request: Request) -> str:
    return request.url.path


async def of_a_parameter(number: int) -> int:
    return number


async def closed_afterwards() -> AsyncGenerator[int]:
    yield 1


async def simple(
    number: int, filters: Annotated[Filters, Query()], method: Annotated[str, Depends(method_of)]
) -> Response:
    return Response(f"{method} {number} {filters.limit} {filters.names} {filters.text}")


async def writing(number: int, content: Content, request: Request) -> Response:
    return Response(f"{request.method} {number} {content.name}")


async def with_head(user_agent: Annotated[str, Header()], flavour: Annotated[str, Cookie()] = "plain") -> Response:
    return Response(f"{user_agent} {flavour}")


async def with_a_thread(method: Annotated[str, Depends(in_a_thread)]) -> Response:
    return Response(method)


async def with_something_to_close(one: Annotated[int, Depends(closed_afterwards)]) -> Response:
    return Response(str(one))


async def with_more_than_the_request(one: Annotated[int, Depends(of_a_parameter)]) -> Response:
    return Response(str(one))


async def with_two_bodies(one: Annotated[int, Body()], other: Annotated[int, Body()]) -> Response:
    return Response(str(one + other))


async def with_tasks(tasks: BackgroundTasks) -> Response:
    return Response(background=tasks)


async def with_a_model() -> Content:
    return Content(name="Ada")


def not_async() -> Response:
    return Response()


@pytest.mark.parametrize(
    ("endpoint", "told"),
    [
        (with_a_thread, "with_a_thread (/) depends on in_a_thread, which is not an async function"),
        (with_something_to_close, "depends on closed_afterwards, which is not an async function"),
        (with_more_than_the_request, "depends on of_a_parameter, which takes other arguments than the Request"),
        (with_two_bodies, "has more than one body"),
        (with_tasks, "asks for background tasks"),
        (with_a_model, "returns no Response"),
        (not_async, "is not an async function"),
    ],
)
def test_an_endpoint_that_asks_for_what_cannot_be_given_is_refused_when_it_is_defined(
    endpoint: Callable[..., Any], told: str
) -> None:
    with pytest.raises(TypeError) as refusal:
        JsonRoute("/", endpoint, methods=["POST"])

    assert told in str(refusal.value)


def app_of(kind: type[APIRoute], app: FastAPI) -> FastAPI:
    router = APIRouter(route_class=kind)
    router.add_api_route("/head", with_head, methods=["GET"])
    router.add_api_route("/{number}", simple, methods=["GET"])
    router.add_api_route("/{number}", writing, methods=["PUT"])
    app.state.settings = settings_with(environment="local")
    app.include_router(router)
    app.add_exception_handler(RequestValidationError, refused)
    return app


async def refused(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    return JSONResponse([{**each, "ctx": str(each.get("ctx"))} for each in error.errors()], 422)


async def ask(app: FastAPI, method: str, path: str, content: str | None = None) -> tuple[int, str]:
    headers = {"Content-Type": "application/json"} if content else {}
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost") as client:
        answer = await client.request(
            method, path, content=content, headers=headers | {"User-Agent": "tests", "Cookie": "flavour=sweet"}
        )
    return answer.status_code, answer.text


@pytest.mark.parametrize(
    ("method", "path", "content"),
    [
        ("GET", "/7", None),
        ("GET", "/7?limit=3", None),
        ("GET", "/7?limit=x", None),
        ("GET", "/x?limit=x", None),
        ("GET", "/7?other=1", None),
        ("GET", "/7?names=a", None),
        ("GET", "/7?names=a&limit=2&names=b&names=", None),
        ("GET", "/7?text=&limit=", None),
        ("GET", "/7?text=%2B+%C3%A9", None),
        ("PUT", "/7", '{"name": "Ada"}'),
        ("PUT", "/x", '{"name": 1}'),
        ("PUT", "/7", "null"),
        ("PUT", "/7", "[1]"),
        ("DELETE", "/7", None),
        ("GET", "/head", None),
    ],
)
async def test_reads_what_fastapi_reads(method: str, path: str, content: str | None) -> None:
    ours = await ask(app_of(JsonRoute, Service(lambda routes: routes)), method, path, content)
    found_by_fastapi = await ask(app_of(JsonRoute, FastAPI()), method, path, content)
    fastapis = await ask(app_of(APIRoute, FastAPI()), method, path, content)

    assert ours == found_by_fastapi == fastapis


@pytest.mark.parametrize("override", [given, plainly_given, path_of])
async def test_dependencies_can_be_overridden(override: Callable[..., Any]) -> None:
    app = app_of(JsonRoute, Service(lambda routes: routes))
    app.dependency_overrides[method_of] = override

    _, text = await ask(app, "GET", "/7")
    assert text.split()[0] in ("given", "/7")
