"""What a connection takes before there is a request: raw bytes against uvicorn's protocol within the limits."""

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from functools import partial

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send
from uvicorn.server import ServerState

from datastore_service.api.edge import connection
from datastore_service.api.edge.admission import BROKEN_OFF
from datastore_service.api.edge.capacity import Capacity
from datastore_service.api.edge.connection import Connection, protocol_within
from datastore_service.config.settings import LimitSettings
from tests.settings import settings_with

pytestmark = pytest.mark.slow

HEAD = b"GET / HTTP/1.1\r\nHost: localhost\r\n"
POST = b"POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
LIMITS = settings_with(environment="local").limits.model_copy(update={"uri_bytes": 1024, "header_bytes": 1024})


class Answer:
    """What came back over the connection."""

    def __init__(self, received: bytes) -> None:
        head, _, self.body = received.partition(b"\r\n\r\n")
        line, *headers = head.decode().split("\r\n")
        self.status = int(line.split(" ")[1]) if line else None
        self.headers = dict(header.lower().split(": ", 1) for header in headers)

    @property
    def code(self) -> str:
        assert self.headers["content-type"] == "application/problem+json"
        assert self.headers["x-content-type-options"] == "nosniff"
        assert self.headers["content-length"] == str(len(self.body))
        assert self.headers["connection"] == "close"
        return json.loads(self.body)["code"]


async def read_body(scope: Scope, receive: Receive, send: Send) -> None:
    """Answers with the length of the body; slowly to `/slow`, with more than the kernel takes on to `/large`."""
    size, more = 0, True
    while more:
        message = await receive()
        size += len(message.get("body", b""))
        more = message.get("more_body", False)
    if scope["path"] == "/host":
        size = dict(scope["headers"])[b"host"].decode()
    if scope["path"] == "/headers":
        size = json.dumps(sorted({name.decode() for name, _ in scope["headers"]}))
    if scope["path"] in {"/breaks", "/fails-late"}:
        await break_off(scope, send)
        return
    if scope["path"] == "/forgets":
        return
    if scope["path"] == "/fails":
        raise LookupError("no such thing")
    if scope["path"] == "/slow":
        await asyncio.sleep(0.1)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    if scope["path"] == "/large":
        for _ in range(64):
            await send({"type": "http.response.body", "body": bytes(1 << 20), "more_body": True})
    await send(
        {"type": "http.response.body", "body": bytes(16 << 20) if scope["path"] == "/whole" else str(size).encode()}
    )


async def break_off(scope: Scope, send: Send) -> None:
    """Begins a response, and then marks it as cut off or fails."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"some", "more_body": True})
    if scope["path"] == "/fails-late":
        raise LookupError("no such thing")
    scope[BROKEN_OFF] = True


@asynccontextmanager
async def connected(
    seconds: float = 60, keep_alive: float = 5
) -> AsyncGenerator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    async with serving(LIMITS.model_copy(update={"request_seconds": seconds}), keep_alive) as address:
        reader, writer = await asyncio.open_connection(*address)
        try:
            yield reader, writer
        finally:
            writer.close()


@asynccontextmanager
async def serving(limits: LimitSettings, keep_alive: float = 5) -> AsyncGenerator[tuple[str, int]]:
    protocol = protocol_within(limits, Capacity.of(limits), keep_alive_seconds=keep_alive)
    config = uvicorn.Config(read_body, lifespan="off", log_config=None, http=protocol)
    make = partial(protocol, config, ServerState(), {})
    async with await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()


async def answer_to(*parts: bytes, seconds: float = 60, pause: float = 0.01) -> Answer:
    async with asyncio.timeout(30), connected(seconds) as (reader, writer):
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)
        return Answer(await reader.read())


async def test_serves_what_is_within_the_limits() -> None:
    answer = await answer_to(HEAD + b"X-Long: " + b"x" * 900 + b"\r\nConnection: close\r\n\r\n")

    assert answer.status == 200


async def test_a_body_is_no_head() -> None:
    chunks = [b"1000\r\n" + b"x" * 4096 + b"\r\n"] * 20

    answer = await answer_to(
        POST.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"), *chunks, b"0\r\n\r\n", pause=0
    )

    assert (answer.status, answer.body) == (200, b"5\r\n81920\r\n0\r\n\r\n")


@pytest.mark.parametrize(
    "parts",
    [
        [HEAD + b"X-Long: "] + [b"x" * 1000] * 9,
        [HEAD] + [b"X-Name: x\r\n" * 100] * 9,
        [POST + b"2\r\n{}\r\n0\r\nX-Trailer: "] + [b"x" * 1000] * 9,
        [POST + b"2;"] + [b"x" * 1000] * 9,
    ],
    ids=["one header", "many headers", "a trailer", "a chunk's extension"],
)
async def test_refuses_headers_without_end(parts: list[bytes]) -> None:
    answer = await answer_to(*parts)

    assert (answer.status, answer.code) == (431, "headers_too_large")


@pytest.mark.parametrize(
    "parts", [[b"GET /"] + [b"x" * 1000] * 9, [b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n"]]
)
async def test_refuses_an_address_without_end(parts: list[bytes]) -> None:
    answer = await answer_to(*parts)

    assert (answer.status, answer.code) == (414, "uri_too_long")


@pytest.mark.parametrize(
    ("target", "host"),
    [
        (b"/host", b"localhost"),
        (b"http://evil.example/host", b"evil.example"),
        (b"http://evil.example:8080/host?a=1", b"evil.example:8080"),
        (b"HTTPS://[::1]:8080/host", b"[::1]:8080"),
    ],
)
async def test_an_absolute_target_names_the_host(target: bytes, host: bytes) -> None:
    answer = await answer_to(b"GET " + target + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")

    assert (answer.status, host in answer.body) == (200, True)


@pytest.mark.parametrize(
    "request_", [b"BREW / HTTP/1.1\r\n\r\n", b"CONNECT localhost:443 HTTP/1.1\r\n\r\n", b"get / HTTP/1.1\r\n\r\n"]
)
async def test_refuses_methods_that_the_parser_does_not_know(request_: bytes) -> None:
    answer = await answer_to(request_)

    assert (answer.status, answer.code) == (501, "method_not_implemented")


@pytest.mark.parametrize(
    "request_",
    [
        b"\x16\x03\x01\x02\x00\x01\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\n\r\n",
        HEAD + b"Content-Length: -1\r\n\r\n",
        HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
        HEAD + b"Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        HEAD + b"No colon\r\n\r\n",
        POST + b"zz\r\n",
    ],
)
async def test_refuses_what_is_not_http(request_: bytes) -> None:
    answer = await answer_to(request_)

    assert (answer.status, answer.code) == (400, "malformed_request")


async def test_a_head_that_does_not_come_to_its_end_is_not_waited_for() -> None:
    answer = await answer_to(*[b"GET / HTTP/1.1\r\nX: ", b"x"], seconds=0.2)

    assert (answer.status, answer.code) == (408, "request_timeout")


async def test_who_says_nothing_is_hung_up_on() -> None:
    answer = await answer_to(seconds=0.2)

    assert answer.status is None


async def test_the_client_reads_the_refusal_although_it_still_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "_SECONDS_TO_LINGER", 0.2)

    answer = await answer_to(HEAD + b"X-Long: " + b"x" * 2_000_000)

    assert (answer.status, answer.code) == (431, "headers_too_large")


async def test_what_follows_a_request_does_not_spoil_its_answer() -> None:
    answer = await answer_to(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\nBREW / HTTP/1.1\r\n\r\n")

    assert (answer.status, answer.headers["connection"]) == (200, "close")
    assert b"method_not_implemented" not in answer.body


async def test_does_not_wait_for_a_client_that_takes_nothing() -> None:
    async with asyncio.timeout(30), connected(seconds=0.2) as (reader, writer):
        writer.write(b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await asyncio.sleep(1)

        with suppress(ConnectionResetError):
            assert len(await reader.read()) < 64 << 20


async def test_drops_the_client_that_was_first_to_take_nothing_when_all_answers_take_too_much() -> None:
    async with asyncio.timeout(30), serving(LIMITS.model_copy(update={"held_bytes": 20 << 20})) as address:
        streams = [await asyncio.open_connection(*address) for _ in range(4)]
        for _, writer in streams:
            writer.write(b"GET /whole HTTP/1.1\r\nHost: localhost\r\n\r\n")
            await asyncio.sleep(0.1)

        sizes = [await size_of(reader) for reader, _ in streams]

        assert sizes[0] < 16 << 20
        assert sizes[-1] > 16 << 20
        for _, writer in streams:
            writer.close()


async def size_of(reader: asyncio.StreamReader) -> int:
    """Returns how many bytes of an answer come, at least; all of them if the connection stays open."""
    size = 0
    with suppress(ConnectionResetError):
        while size <= 16 << 20 and (piece := await reader.read(1 << 20)):
            size += len(piece)
    return size


async def test_waits_for_a_client_that_takes_its_time() -> None:
    async with asyncio.timeout(30), connected(seconds=1) as (reader, writer):
        writer.write(b"GET /large HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        size = 0
        while piece := await reader.read(1 << 20):
            size += len(piece)
            await asyncio.sleep(0.02)

        assert size > 64 << 20


async def test_keeps_a_connection_for_a_while_after_each_answer() -> None:
    async with asyncio.timeout(30), connected(keep_alive=0.3) as (reader, writer):
        for _ in range(3):
            writer.write(HEAD + b"\r\n")
            assert await reader.readuntil(b"0\r\n\r\n")
            await asyncio.sleep(0.2)

        assert await reader.read() == b""


async def test_does_not_take_work_for_idleness() -> None:
    async with asyncio.timeout(30), connected(keep_alive=0.02) as (reader, writer):
        writer.write(HEAD + b"\r\n")
        await reader.readuntil(b"0\r\n\r\n")
        writer.write(HEAD.replace(b"/ ", b"/slow ") + b"\r\n")

        assert (await reader.readuntil(b"0\r\n\r\n")).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("pause", [0.0, 0.05], ids=["at once", "later"])
async def test_fields_behind_the_body_are_no_headers(pause: float) -> None:
    head = b"POST /headers HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    trailer = b"0\r\nSec-Fetch-Site: cross-site\r\nIdempotency-Key: k\r\nHost: evil\r\nAuthorization: Bearer t\r\n\r\n"

    parts = [head + b"2\r\n{}\r\n", trailer] if pause else [head + b"2\r\n{}\r\n" + trailer]
    answer = await answer_to(*parts, pause=pause)

    assert answer.body.split(b"\r\n")[1] == b'["connection", "host", "transfer-encoding"]'


async def test_what_follows_a_body_with_a_trailer_is_a_request_of_its_own() -> None:
    request = b"POST /headers HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
    body = b"\r\n2\r\n{}\r\n0\r\nX-Trailer: 1\r\n\r\n"

    answer = await answer_to(request + body + request + b"Connection: close\r\nX-Own: 1\r\n" + body)

    assert answer.body.count(b"transfer-encoding") == 3
    assert (answer.body.count(b"x-own"), answer.body.count(b"x-trailer")) == (1, 0)


async def test_pipelined_requests_are_answered_in_order_and_few_of_them_are_held_as_requests(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    waiting: list[int] = []
    begin = Connection.on_message_begin

    def count(protocol: Connection) -> None:
        waiting.append(len(protocol.pipeline))
        begin(protocol)

    monkeypatch.setattr(Connection, "on_message_begin", count)
    bodies = [str(number).encode() * 3 for number in range(5000)]
    requests = [
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body) for body in bodies
    ]
    requests[-1] = requests[-1].replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")

    async with asyncio.timeout(60), connected() as (reader, writer):
        writer.write(b"".join(requests))
        received = await reader.read()

    lengths = [int(answer.split(b"\r\n")[-4]) for answer in received.split(b"HTTP/1.1 200 OK\r\n")[1:]]
    assert lengths == [len(body) for body in bodies]
    assert max(waiting) < 200


async def test_a_large_body_among_pipelined_requests_arrives_whole() -> None:
    post = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n%b\r\n"
    large = bytes(1_000_000)
    requests = (
        post % (2, b"") + b"{}" + post % (len(large), b"") + large + post % (3, b"Connection: close\r\n") + b"abc"
    )

    async with asyncio.timeout(30), connected() as (reader, writer):
        writer.write(requests)
        received = await reader.read()

    assert [answer.split(b"\r\n")[-4] for answer in received.split(b"HTTP/1.1 200 OK")[1:]] == [b"2", b"1000000", b"3"]


async def test_an_answer_that_breaks_off_drops_the_connection_and_is_not_logged_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    answer = await answer_to(b"GET /breaks HTTP/1.1\r\nHost: localhost\r\n\r\n")

    assert (answer.status, answer.body) == (200, b"4\r\nsome\r\n")
    assert caplog.records == []


@pytest.mark.parametrize(
    ("path", "said"),
    [(b"/forgets", "ASGI callable returned without starting response."), (b"/fails", "Exception in ASGI application")],
)
async def test_an_application_that_fails_is_answered_for(
    path: bytes, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = await answer_to(b"GET %b HTTP/1.1\r\nHost: localhost\r\n\r\n" % path)

    assert answer.status == 500
    assert [record.getMessage().strip() for record in caplog.records] == [said]


@pytest.mark.parametrize(
    ("path", "body"), [("/", b"0"), ("/host", b"localhost"), ("/large", bytes(64 << 20) + b"0")], ids=["a", "b", "long"]
)
async def test_a_body_for_http_1_0_ends_with_the_connection(path: str, body: bytes) -> None:
    answer = await answer_to(f"GET {path} HTTP/1.0\r\nHost: localhost\r\nConnection: keep-alive\r\n\r\n".encode())

    assert (answer.status, answer.headers) == (200, {"connection": "close"})
    assert answer.body == body


async def test_a_head_for_http_1_0_has_no_body() -> None:
    answer = await answer_to(b"HEAD / HTTP/1.0\r\n\r\n")

    assert (answer.status, answer.headers, answer.body) == (200, {"connection": "close"}, b"")


async def test_a_length_is_told_to_http_1_0_too() -> None:
    answer = await answer_to(b"GET /fails HTTP/1.0\r\n\r\n")

    assert (answer.status, answer.headers["content-length"], len(answer.body)) == (500, "21", 21)


async def test_http_1_0_is_not_told_to_continue() -> None:
    answer = await answer_to(b"POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n", b"{}", pause=0.05)

    assert (answer.status, answer.body) == (200, b"2")


@pytest.mark.parametrize("path", ["/breaks", "/fails-late"])
async def test_a_body_for_http_1_0_that_breaks_off_is_not_taken_for_complete(path: str) -> None:
    with pytest.raises(ConnectionResetError):
        await answer_to(f"GET {path} HTTP/1.0\r\n\r\n".encode())
