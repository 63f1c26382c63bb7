"""Which endpoints are called without FastAPI's general way, and that it makes no difference to who asks."""

from collections.abc import AsyncGenerator, Callable
from typing import Annotated, Any

import httpx2
import pytest
from fastapi import APIRouter, Body, Depends, Header, Query, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel

from datastore_service.api.http.direct_calls import direct_call
from datastore_service.api.http.direct_routes import Service
from datastore_service.api.http.json_requests import JsonRoute
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


async def closed_afterwards() -> AsyncGenerator[int]:
    yield 1


async def simple(
    number: int, filters: Annotated[Filters, Query()], method: Annotated[str, Depends(method_of)]
) -> Response:
    return Response(f"{method} {number} {filters.limit} {filters.names} {filters.text}")


async def writing(number: int, content: Content, request: Request) -> Response:
    return Response(f"{request.method} {number} {content.name}")


async def with_header(user_agent: Annotated[str, Header()]) -> Response:
    return Response(user_agent)


async def with_a_thread(method: Annotated[str, Depends(in_a_thread)]) -> Response:
    return Response(method)


async def with_something_to_close(one: Annotated[int, Depends(closed_afterwards)]) -> Response:
    return Response(str(one))


async def with_two_bodies(one: Annotated[int, Body()], other: Annotated[int, Body()]) -> Response:
    return Response(str(one + other))


async def with_a_model() -> Content:
    return Content(name="Ada")


def not_async() -> Response:
    return Response()


def never(_route: APIRoute) -> None:
    """Calls nothing directly."""


def route_of(endpoint: Callable[..., Any], method: str = "POST") -> JsonRoute:
    return JsonRoute("/{number}" if endpoint in (simple, writing) else "/", endpoint, methods=[method])


@pytest.mark.parametrize("endpoint", [simple, writing])
def test_what_reads_the_request_alone_is_called_directly(endpoint: Callable[..., Any]) -> None:
    assert direct_call(route_of(endpoint)) is not None


@pytest.mark.parametrize(
    "endpoint", [with_header, with_a_thread, with_something_to_close, with_two_bodies, with_a_model, not_async]
)
def test_what_asks_for_more_is_left_to_fastapi(endpoint: Callable[..., Any]) -> None:
    assert direct_call(route_of(endpoint)) is None


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
    ],
)
async def test_answers_as_fastapi_does(
    method: str, path: str, content: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers: list[tuple[int, str]] = []
    for way in ("direct", "general"):
        if way == "general":
            monkeypatch.setattr("datastore_service.api.http.json_requests.direct_call", never)
        router = APIRouter(route_class=JsonRoute)
        router.add_api_route("/{number}", simple, methods=["GET"])
        router.add_api_route("/{number}", writing, methods=["PUT"])
        app = Service(lambda routes: routes)
        app.state.settings = settings_with(environment="local")
        app.include_router(router)
        async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost") as client:
            answer = await client.request(
                method, path, content=content, headers={"Content-Type": "application/json"} if content else {}
            )
        answers.append((answer.status_code, answer.text))

    assert answers[0] == answers[1]
