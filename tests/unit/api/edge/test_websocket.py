"""What a WebSocket holds for its client: raw frames against uvicorn's protocol within the limits."""

import asyncio
import base64
import struct
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from datastore_service.api.edge.capacity import Capacity
from datastore_service.api.edge.connection import protocol_within
from tests.patience import PATIENCE
from tests.settings import settings_with

pytestmark = pytest.mark.slow

MEGABYTE = 1 << 20
LIMITS = settings_with(environment="local").limits.model_copy(update={"held_bytes": 4 * MEGABYTE})
CONT, TEXT, CLOSE, PING, PONG = 0, 1, 8, 9, 10
HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %b\r\n\r\n" % base64.b64encode(bytes(16))
)


def frame(opcode: int, data: bytes, *, last: bool = True, length: int | None = None) -> bytes:
    """Returns a frame of a client; of a longer one, its beginning."""
    size = len(data) if length is None else length
    head = bytes([opcode | (0x80 if last else 0)])
    match size:
        case _ if size < 126:
            head += bytes([0x80 | size])
        case _ if size < 1 << 16:
            head += bytes([0x80 | 126]) + struct.pack("!H", size)
        case _:
            head += bytes([0x80 | 127]) + struct.pack("!Q", size)
    return head + bytes(4) + data


@dataclass(slots=True)
class Application:
    """Notes what it receives, and answers a text that is a number with as many answers of a megabyte, all at once."""

    received: list[str] = field(default_factory=list[str])
    taken: asyncio.Queue[str] = field(default_factory=asyncio.Queue[str])
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    holds: asyncio.Event | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self.answer(receive, send)
            return
        await receive()
        await send({"type": "websocket.accept"})
        async with asyncio.TaskGroup() as answering:
            while (message := await receive())["type"] != "websocket.disconnect":
                text = message["text"]
                self.taken.put_nowait(text)
                if self.holds is not None:
                    await self.holds.wait()
                self.received.append(text)
                for number in range(int(text) if text.isdigit() else 1):
                    answer = str(number) * MEGABYTE if text.isdigit() else "taken"
                    answering.create_task(self.send(send, answer))
        self.ended.set()

    async def answer(self, receive: Receive, send: Send) -> None:
        body = (await receive())["body"]
        if body.isdigit():
            body = bytes(int(body) * MEGABYTE)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]})
        await send({"type": "http.response.body", "body": body})

    async def send(self, send: Send, text: str) -> None:
        try:
            await send({"type": "websocket.send", "text": text})
        except (OSError, RuntimeError):
            self.ended.set()


@dataclass(slots=True)
class Client:
    """The other end of a connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def say(self, *frames: bytes) -> None:
        self.writer.writelines(frames)
        await self.writer.drain()

    async def hear(self) -> tuple[int, bytes]:
        """Returns the next frame: its opcode and its data."""
        async with asyncio.timeout(PATIENCE):
            first, size = await self.reader.readexactly(2)
            if size == 126:
                (size,) = struct.unpack("!H", await self.reader.readexactly(2))
            elif size == 127:
                (size,) = struct.unpack("!Q", await self.reader.readexactly(8))
            return first & 15, await self.reader.readexactly(size)

    async def code(self) -> int:
        """Returns the code that the connection is closed with."""
        opcode, data = await self.hear()
        assert opcode == CLOSE
        return struct.unpack("!H", data[:2])[0]

    async def rest(self) -> int:
        """Returns how many bytes come before the connection ends."""
        size = 0
        async with asyncio.timeout(PATIENCE):
            try:
                while piece := await self.reader.read(MEGABYTE):
                    size += len(piece)
            except ConnectionResetError:
                pass
        return size


@dataclass(slots=True)
class Service:
    address: tuple[str, int]
    application: Application
    capacity: Capacity
    clients: list[Client] = field(default_factory=list[Client])

    async def connect(self) -> Client:
        client = Client(*await asyncio.open_connection(*self.address, limit=MEGABYTE))
        self.clients.append(client)
        return client

    async def open(self) -> Client:
        """Opens a WebSocket."""
        client = await self.connect()
        await client.say(HANDSHAKE)
        assert b" 101 " in await client.reader.readuntil(b"\r\n\r\n")
        return client


@asynccontextmanager
async def serving(**limits: float) -> AsyncGenerator[Service]:
    application, settings = Application(), LIMITS.model_copy(update=limits)
    capacity = Capacity.of(settings)
    protocol = protocol_within(settings, capacity)
    config = uvicorn.Config(
        application,
        lifespan="off",
        log_config=None,
        http=protocol,
        ws="websockets-sansio",
        ws_max_size=8 * MEGABYTE,
        ws_per_message_deflate=False,
    )
    make = partial(protocol, config, ServerState(), {})
    async with await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0) as server:
        service = Service(server.sockets[0].getsockname(), application, capacity)
        try:
            yield service
        finally:
            for client in service.clients:
                client.writer.transport.abort()


async def test_the_message_that_began_first_gives_way_when_unfinished_ones_take_too_much() -> None:
    async with serving() as service:
        clients = [await service.open() for _ in range(3)]
        for client in clients:
            await client.say(frame(TEXT, bytes(2 * MEGABYTE), length=2 * MEGABYTE + 1))

        assert await clients[0].code() == 1013
        await clients[2].say(b"\0")
        assert await clients[2].hear() == (TEXT, b"taken")


async def test_fragments_count_as_they_arrive() -> None:
    async with serving() as service:
        first, second = await service.open(), await service.open()
        piece = frame(CONT, bytes(MEGABYTE // 2), last=False)
        await first.say(frame(TEXT, b"", last=False), *[piece] * 5)
        await second.say(frame(TEXT, b"", last=False), *[piece] * 5)

        assert await first.code() == 1013
        await second.say(frame(CONT, b"!"))
        assert await second.hear() == (TEXT, b"taken")
        assert [len(text) for text in service.application.received] == [5 * MEGABYTE // 2 + 1]


async def test_a_message_in_short_fragments_arrives_whole() -> None:
    async with serving() as service:
        client = await service.open()
        text = "".join(map(str, range(2000)))
        parts = [frame(CONT, text[at : at + 1].encode(), last=False) for at in range(1, len(text))]

        await client.say(frame(TEXT, text[:1].encode(), last=False), *parts, frame(PING, b"ping"), frame(CONT, b"."))

        assert await client.hear() == (PONG, b"ping")
        assert await client.hear() == (TEXT, b"taken")
        assert service.application.received == [f"{text}."]


async def test_what_the_application_is_done_with_does_not_count() -> None:
    async with serving() as service:
        for _ in range(3):
            client = await service.open()
            for _ in range(2):
                await client.say(frame(TEXT, b"x" * (2 * MEGABYTE)))
                assert await client.hear() == (TEXT, b"taken")

        assert len(service.application.received) == 6


async def test_what_the_application_works_on_counts_though_its_client_has_left() -> None:
    async with serving() as service:
        service.application.holds = asyncio.Event()
        for _ in range(2):
            client = await service.open()
            await client.say(frame(TEXT, b"x" * (2 * MEGABYTE - 1000)))
            await service.application.taken.get()
            client.writer.transport.abort()
        last = await service.open()
        await last.say(frame(TEXT, b"x" * MEGABYTE))
        assert await last.code() == 1013

        service.application.holds.set()
        async with asyncio.timeout(PATIENCE):
            await service.application.ended.wait()
        other = await service.open()
        await other.say(frame(TEXT, b"x" * MEGABYTE))
        assert await other.hear() == (TEXT, b"taken")


async def test_many_messages_at_once_are_worked_on_in_order() -> None:
    async with serving() as service:
        client = await service.open()

        texts = [f"m{number}" for number in range(5000)]
        await client.say(b"".join(frame(TEXT, text.encode()) for text in texts))

        assert [await client.hear() for _ in texts] == [(TEXT, b"taken")] * len(texts)
        assert service.application.received == texts
        await client.say(frame(CLOSE, struct.pack("!H", 1000)))
        assert await client.code() == 1000


async def test_answers_that_wait_for_a_client_count() -> None:
    async with serving() as service:
        client, other = await service.open(), await service.open()
        await client.say(frame(TEXT, b"40"))
        async with asyncio.timeout(PATIENCE):
            await service.application.ended.wait()

        assert await client.rest() < 40 * MEGABYTE
        await other.say(frame(TEXT, b"1"))
        assert len((await other.hear())[1]) == MEGABYTE


async def test_a_client_that_takes_its_answers_gets_all_of_them_in_order() -> None:
    async with serving(held_bytes=64 * MEGABYTE) as service:
        client = await service.open()
        await client.say(frame(TEXT, b"9"))

        answers = [(await client.hear())[1] for _ in range(9)]

        assert answers == [str(number).encode() * MEGABYTE for number in range(9)]


async def test_does_not_wait_for_a_client_that_takes_nothing() -> None:
    async with serving(held_bytes=64 * MEGABYTE, request_seconds=0.2) as service:
        client = await service.open()
        await client.say(frame(TEXT, b"40"))
        async with asyncio.timeout(PATIENCE):
            await service.application.ended.wait()

        assert await client.rest() < 40 * MEGABYTE


async def test_a_websocket_is_opened_by_get() -> None:
    async with serving() as service:
        client = await service.connect()
        await client.say(HANDSHAKE.replace(b"GET", b"POST").replace(b"\r\n\r\n", b"\r\nContent-Length: 4\r\n\r\nbody"))

        async with asyncio.timeout(PATIENCE):
            answer = await client.reader.readuntil(b"}")

        assert answer.startswith(b"HTTP/1.1 400 Bad Request")
        assert b"malformed_request" in answer


async def test_no_websocket_is_opened_behind_an_answer_that_is_not_taken() -> None:
    async with serving(held_bytes=64 * MEGABYTE) as service:
        client = await service.connect()
        await client.say(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n30", HANDSHAKE)

        async with asyncio.timeout(PATIENCE):
            answers = await client.reader.read()

        assert answers.startswith(b"HTTP/1.1 200 OK")
        assert len(answers) > 30 * MEGABYTE
        assert b" 101 " not in answers
