"""A client of answers that do not end, without a socket."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Message

from tests.patience import PATIENCE


@dataclass(slots=True)
class Stream:
    """An answer as it arrives."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict[str, str])
    _body: bytearray = field(default_factory=bytearray)
    _arrived: asyncio.Event = field(default_factory=asyncio.Event)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    ended: bool = False

    async def take(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.begun.set()
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            self._body += message.get("body", b"")
            self.ended = not message.get("more_body", False)
        self._arrived.set()

    async def block(self) -> dict[str, str]:
        """Returns the fields of the next event; comments have an empty name."""
        async with asyncio.timeout(PATIENCE):
            while b"\n\n" not in self._body:
                self._arrived.clear()
                await self._arrived.wait()
        block, _, rest = bytes(self._body).partition(b"\n\n")
        self._body = bytearray(rest)
        return {name: value.strip() for name, _, value in (line.partition(":") for line in block.decode().split("\n"))}

    async def event(self) -> dict[str, str]:
        """Returns the next event that has data."""
        while "data" not in (block := await self.block()):
            pass
        return block

    async def end(self) -> bytes:
        """Waits for the end, and returns what has come until then and was not taken."""
        async with asyncio.timeout(PATIENCE):
            while not self.ended:
                self._arrived.clear()
                await self._arrived.wait()
        return bytes(self._body)


@asynccontextmanager
async def opened(app: ASGIApp, url: str, headers: Mapping[str, str] | None = None) -> AsyncGenerator[Stream]:
    """Asks for a stream, and goes away again."""
    parts = urlsplit(url)
    stream, gone, asked = Stream(), asyncio.Event(), False
    said = {"host": "localhost:8080", "accept": "text/event-stream", **(headers or {})}

    async def receive() -> Message:
        nonlocal asked
        if asked:
            await gone.wait()
            return {"type": "http.disconnect"}
        asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "path": parts.path,
        "raw_path": parts.path.encode(),
        "query_string": parts.query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in said.items()],
        "client": ("127.0.0.1", 1),
        "server": ("localhost", 8080),
    }
    answering = asyncio.create_task(app(scope, receive, stream.take))  # type: ignore[arg-type] - a coroutine
    try:
        async with asyncio.timeout(PATIENCE):
            await stream.begun.wait()
        yield stream
    finally:
        gone.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(5):
                await answering
