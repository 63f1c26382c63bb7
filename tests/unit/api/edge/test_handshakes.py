"""WebSocket handshakes, which browsers send to any origin and without a preflight."""

import pytest
from starlette.types import Message, Receive, Scope, Send

from datastore_service.api.edge.hosts import Hosts
from datastore_service.api.edge.origins import Origins
from tests.settings import settings_with
from tests.unit.api.protection.guarding import guard

SERVER = settings_with(environment="local").server


async def accept(_scope: Scope, _receive: Receive, send: Send) -> None:
    await send({"type": "websocket.accept"})


@pytest.mark.parametrize(
    ("host", "origin", "answer"),
    [
        ("localhost:8080", "http://localhost:8080", "websocket.accept"),
        ("localhost:8080", None, "websocket.accept"),
        ("localhost:8080", "https://evil.example", "websocket.close"),
        ("localhost:8080", "null", "websocket.close"),
        ("evil.example:8080", "http://evil.example:8080", "websocket.close"),
    ],
)
async def test_only_own_pages_may_open_a_web_socket(host: str, origin: str | None, answer: str) -> None:
    sent: list[Message] = []
    headers = [(b"host", host.encode())] + ([(b"origin", origin.encode())] if origin else [])
    scope: Scope = {
        "type": "websocket",
        "http_version": "1.1",
        "path": "/graphql",
        "query_string": b"",
        "headers": headers,
    }

    async def receive() -> Message:
        return {"type": "websocket.connect"}

    async def send(message: Message) -> None:
        sent.append(message)

    await guard(accept, checks=(Hosts(SERVER), Origins(())))(scope, receive, send)

    assert [message["type"] for message in sent] == [answer]
