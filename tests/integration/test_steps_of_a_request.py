"""What every request passes through stays short: functions that are called for it are counted, not timed (adr/0084)."""

import json
import sys
from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager
from types import CodeType
from typing import Final
from uuid import uuid4

import pytest
from fastapi import FastAPI
from starlette.types import Message, Scope

from datastore_service.application.mediator import Mediator
from datastore_service.config.settings import Settings
from tests.apps import create_app

_TOOL: Final = 4
_MOST_TIMES: Final = 50
_OF_TESTS: Final = ("/tests/", "/_pytest/", "/asyncio/")


@contextmanager
def counted() -> Generator[list[str]]:
    """Yields the functions in Python that are called meanwhile, but those of the loop and of tests."""
    called: list[str] = []

    def note(code: CodeType, _offset: int) -> None:
        if not any(part in code.co_filename for part in _OF_TESTS):
            called.append(code.co_qualname)

    monitoring = sys.monitoring
    monitoring.use_tool_id(_TOOL, "steps")
    monitoring.register_callback(_TOOL, monitoring.events.PY_START, note)
    monitoring.set_events(_TOOL, monitoring.events.PY_START)
    try:
        yield called
    finally:
        monitoring.set_events(_TOOL, 0)
        monitoring.free_tool_id(_TOOL)


async def status_of(app: FastAPI, method: str, path: str, body: object = None, query: str = "") -> int:
    text = b"" if body is None else json.dumps(body).encode()
    headers = [(b"host", b"localhost"), (b"content-type", b"application/json")] if text else [(b"host", b"localhost")]
    messages: list[Message] = []
    scope: Scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": headers,
        "client": ("127.0.0.1", 1),
        "state": {},
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": text, "more_body": False}

    async def send(message: Message) -> None:
        messages.append(message)

    await app(scope, receive, send)
    return messages[0]["status"]


async def called_by_each(
    app: FastAPI, method: str, path: str, body: object, query: str = ""
) -> AsyncIterator[list[str]]:
    """Yields the functions that are called while a request is answered, again and again.

    Tasks of the background, such as the clock's, may run meanwhile; hardly each time, however busy the machine is.
    """
    for _ in range(_MOST_TIMES):
        with counted() as called:
            assert await status_of(app, method, path, body, query) in (200, 201)
        yield called


@pytest.mark.parametrize(
    ("request_of", "most"),
    [("get", 220), ("create", 355), ("list", 275), ("graphql get", 285), ("graphql create", 365)],
)
async def test_calls_no_more_functions_than_it_may(
    sql_settings: Settings, sql_mediator: Mediator, request_of: str, most: int
) -> None:
    app = create_app(sql_settings)
    app.state.mediator = sql_mediator
    record_id = str(uuid4())
    new = {"collection": "people", "payload": {"name": "Ada"}}
    await status_of(app, "POST", "/records", {"id": record_id, **new})
    read = {"query": "query($id: UUID!) { record(id: $id) { id payload } }", "variables": {"id": record_id}}
    create = {
        "query": 'mutation($p: JSON!) { createRecord(input: {collection: "people", payload: $p}) { record { id } } }',
        "variables": {"p": {"name": "Ada"}},
    }
    method, path, body, query = {
        "get": ("GET", f"/records/{record_id}", None, ""),
        "create": ("POST", "/records", new, ""),
        "list": ("GET", "/records", None, "collection=people&limit=10"),
        "graphql get": ("POST", "/graphql", read, ""),
        "graphql create": ("POST", "/graphql", create, ""),
    }[request_of]
    # What is worked out once is worked out by then.
    for _ in range(3):
        await status_of(app, method, path, body, query)

    fewest: list[str] | None = None
    async for called in called_by_each(app, method, path, body, query):
        fewest = called if fewest is None else min(fewest, called, key=len)
        if len(fewest) <= most:
            break

    assert fewest
    assert len(fewest) <= most, sorted(fewest)


@pytest.mark.parametrize(
    ("method", "path", "body", "payloads"),
    [
        ("POST", "/records", {"payload": [1]}, 1),
        ("PUT", "/records/{id}", {"payload": [2]}, 1),
        ("POST", "/batch", {"operations": [{"op": "patch", "id": "{id}", "patch": {"payload": 3}}]}, 1),
        ("POST", "/batch", {"operations": [{"op": "create", "payload": number} for number in range(3)]}, 3),
        ("POST", "/graphql", {"query": "mutation { createRecord(input: {payload: 4}) { record { payload } } }"}, 1),
        ("GET", "/records/{id}", None, 0),
        ("GET", "/records", None, 0),
    ],
)
async def test_writes_a_payload_once_on_its_way_in_and_never_on_its_way_out(
    sql_settings: Settings, sql_mediator: Mediator, method: str, path: str, body: object, payloads: int
) -> None:
    app = create_app(sql_settings)
    app.state.mediator = sql_mediator
    record_id = str(uuid4())
    await status_of(app, "POST", "/records", {"id": record_id, "payload": 1})
    asked = json.loads(json.dumps(body).replace("{id}", record_id))

    fewest: int | None = None
    async for called in called_by_each(app, method, path.replace("{id}", record_id), asked):
        written = called.count("encode")
        fewest = written if fewest is None else min(fewest, written)
        if fewest <= payloads:
            break

    assert fewest == payloads
