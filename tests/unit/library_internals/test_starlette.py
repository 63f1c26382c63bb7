"""What is assumed of Starlette: how it compresses, answers preflights, and finds what handles an error."""

# pyright: reportPrivateUsage=false

import gzip
from collections.abc import Callable
from typing import Any, cast

import pytest
from fastapi import FastAPI
from starlette import _exception_handler
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.types import Message

from datastore_service.library_internals.starlette import (
    DEFAULT_EXCLUDED_CONTENT_TYPES,
    CORSMiddleware,
    GZipResponder,
)
from tests.unit.library_internals.assumptions import broken, calls, digest


async def application(*_: object) -> None:
    raise AssertionError


async def test_compresses_messages_that_it_is_handed_one_by_one() -> None:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    responder = GZipResponder(application, 0, compresslevel=5)
    responder.send = send
    await responder.send_with_compression({"type": "http.response.start", "status": 200, "headers": []})
    await responder.send_with_compression({"type": "http.response.body", "body": b"a" * 2000})

    start, body = sent
    assert dict(start["headers"])[b"content-encoding"] == b"gzip"
    assert gzip.decompress(body["body"]) == b"a" * 2000


def test_lists_what_is_compressed_already_by_media_type() -> None:
    assert {"text/event-stream", "image/png", "video/*"} <= set(DEFAULT_EXCLUDED_CONTENT_TYPES)


def test_a_preflight_is_answered_by_the_method_that_is_overridden() -> None:
    cors = CORSMiddleware(application, allow_origins=["http://a"], allow_headers=["X-One"], allow_methods=["GET"])

    assert calls(CORSMiddleware.__call__, "preflight_response"), broken(
        "starlette", "CORSMiddleware does not call preflight_response", "api/edge/cors.py"
    )
    assert cors.is_allowed_origin("http://a")
    assert "x-one" in cors.allow_headers
    assert "GET" in cors.allow_methods


def test_an_application_makes_its_stack_of_middleware_as_it_is_overridden() -> None:
    app = FastAPI()
    app.add_middleware(cast("Any", CORSMiddleware), allow_origins=["*"])

    assert calls(Starlette.__call__, "build_middleware_stack"), broken(
        "starlette", "build_middleware_stack is not called", "api/http/routing.py"
    )
    assert isinstance(app.user_middleware[0], Middleware)
    kind, arguments, named = app.user_middleware[0]
    assert (kind, tuple(arguments), dict(named)) == (CORSMiddleware, (), {"allow_origins": ["*"]})
    assert app.exception_handlers is not None
    assert app.router.lifespan_context is not None


@pytest.mark.parametrize(
    ("function", "known"),
    [
        (_exception_handler._lookup_exception_handler, "cf2cd00f540a"),
        (_exception_handler.wrap_app_handling_exceptions, "0a591f473a18"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_finds_what_handles_an_error_as_the_table_of_routes_does(function: Callable[..., Any], known: str) -> None:
    what = f"{function.__name__} has changed (digest {digest(function)})"
    assert digest(function) == known, broken("starlette", what, "api/http/routing.py")


def test_calls_its_middleware_as_the_service_does() -> None:
    what = f"Starlette.__call__ has changed (digest {digest(Starlette.__call__)})"
    assert digest(Starlette.__call__) == "a0f0218d5286", broken("starlette", what, "api/http/routing.py")


async def test_a_request_leaves_its_body_to_the_method_that_is_overridden() -> None:
    class Whole(Request):
        async def body(self) -> bytes:
            return b'{"a": 1}'

    request = Whole({"type": "http"})

    assert await request.json() == {"a": 1}
