"""What requests are made of goes with them, and does not wait for the garbage collector."""

import gc
import weakref
from collections.abc import Generator
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.types import Message


class Scope(dict[str, Any]):
    """One that can be watched."""


@pytest.fixture
def uncollected() -> Generator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("uncollected")
@pytest.mark.parametrize("path", ["/records", "/records/unknown", "/nowhere", "/health/live"])
async def test_a_request_is_gone_once_it_is_answered(path: str, app: FastAPI) -> None:
    scope = Scope(
        type="http",
        asgi={"version": "3.0"},
        http_version="1.1",
        method="GET",
        path=path,
        raw_path=path.encode(),
        query_string=b"",
        root_path="",
        scheme="http",
        headers=[(b"host", b"localhost:8080")],
        client=("127.0.0.1", 1),
        server=("127.0.0.1", 8080),
    )
    answered: list[str] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        answered.append(message["type"])

    request = weakref.ref(scope)
    await app(scope, receive, send)
    del scope

    assert answered == ["http.response.start", "http.response.body"]
    assert request() is None
