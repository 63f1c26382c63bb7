"""A client of WebSockets, without a socket."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Message

from tests.patience import PATIENCE


@dataclass(slots=True)
class Socket:
    """A connection to /graphql."""

    to_service: asyncio.Queue[Message] = field(default_factory=asyncio.Queue[Message])
    from_service: asyncio.Queue[Message] = field(default_factory=asyncio.Queue[Message])
    gone: bool = False
    """Whether it takes nothing any more, which the server has found out by sending."""

    async def take(self, message: Message) -> None:
        if self.gone:
            raise OSError
        await self.from_service.put(message)

    async def say(self, *messages: object) -> None:
        for message in messages:
            text = message if isinstance(message, str) else json.dumps(message)
            await self.to_service.put({"type": "websocket.receive", "text": text})

    async def subscribe(self, name: str, query: str, **payload: object) -> None:
        await self.say({"type": "subscribe", "id": name, "payload": {"query": query, **payload}})

    async def hear(self) -> Any:  # noqa: ANN401 - JSON, or the code that ended it
        async with asyncio.timeout(PATIENCE):
            message = await self.from_service.get()
        if message["type"] == "websocket.close":
            return message["code"]
        return json.loads(message["text"]) if "text" in message else message["type"]


@asynccontextmanager
async def connected(
    app: ASGIApp,
    headers: Mapping[str, str] | None = None,
    protocols: tuple[str, ...] = ("graphql-transport-ws",),
    path: str = "/graphql",
) -> AsyncGenerator[Socket]:
    """Opens a connection, and goes away again."""
    socket = Socket()
    await socket.to_service.put({"type": "websocket.connect"})
    said = {"host": "localhost:8080", **(headers or {})}
    scope = {
        "type": "websocket",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "scheme": "ws",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in said.items()],
        "client": ("127.0.0.1", 1),
        "server": ("localhost", 8080),
        "subprotocols": list(protocols),
    }

    async def serve() -> None:
        await app(scope, socket.to_service.get, socket.take)

    serving = asyncio.create_task(serve())
    try:
        yield socket
    finally:
        await socket.to_service.put({"type": "websocket.disconnect", "code": 1000})
        async with asyncio.timeout(PATIENCE):
            await serving
