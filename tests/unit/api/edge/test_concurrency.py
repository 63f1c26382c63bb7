"""How many requests are worked on at once."""

import asyncio
import zlib
from collections.abc import Callable, Sequence

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tests.patience import PATIENCE
from tests.unit.api.protection.guarding import guard


class Service:
    """Answers when it is told to; `/stream` begins its answer at once."""

    def __init__(self, most: int) -> None:
        self.finish = asyncio.Event()
        self.door = guard(self.answer, most=most)

    async def answer(self, scope: Scope, _receive: Receive, send: Send) -> None:
        if scope["path"] == "/fails":
            raise LookupError
        await send({"type": "http.response.start", "status": 200, "headers": []})
        if scope["path"] == "/stream":
            await send({"type": "http.response.body", "body": b"first", "more_body": True})
        await self.finish.wait()
        await send({"type": "http.response.body", "body": b""})

    def ask(self, path: str, kind: str = "http") -> tuple[asyncio.Task[None], list[Message]]:
        sent: list[Message] = []

        async def send(message: Message) -> None:
            sent.append(message)

        async def receive() -> Message:
            return {"type": "http.request"}

        head: Scope = {"http_version": "1.1", "method": "GET", "path": path, "query_string": b"", "headers": []}
        scope: Scope = {"type": kind, "state": {"correlation_id": "mine"}, **head}
        return asyncio.ensure_future(self.door(scope, receive, send)), sent


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - what is waited for sets no event
            await asyncio.sleep(0)


async def test_refuses_one_more_than_it_takes_and_takes_the_next_when_one_is_done() -> None:
    service = Service(most=1)
    first, begun = service.ask("/records")
    await until(lambda: begun)

    refused, refusal = service.ask("/records")
    await refused
    service.finish.set()
    await first
    next_one, answer = service.ask("/records")
    await next_one

    assert (refusal[0]["status"], dict(refusal[0]["headers"])[b"retry-after"]) == (503, b"1")
    assert b'"overloaded"' in refusal[1]["body"]
    assert [message["status"] for message in (begun[0], answer[0])] == [200, 200]


async def test_streams_do_not_count_and_health_is_always_told() -> None:
    service = Service(most=1)
    _, stream = service.ask("/stream")
    await until(lambda: len(stream) == 2)

    _, plain = service.ask("/records")
    await until(lambda: plain)
    _, health = service.ask("/health/live")
    _, socket = service.ask("/graphql", "websocket")
    await until(lambda: health and socket)
    service.finish.set()

    assert [sent[0]["status"] for sent in (stream, plain, health, socket)] == [200, 200, 200, 200]


async def test_a_request_that_fails_or_ends_its_stream_makes_room_once() -> None:
    service = Service(most=1)
    service.finish.set()

    for path in ("/fails", "/stream", "/fails", "/stream"):
        task, _ = service.ask(path)
        await asyncio.wait([task])
    service.finish.clear()
    _, first = service.ask("/records")
    await until(lambda: first)
    second, refusal = service.ask("/records")
    await second
    service.finish.set()

    assert (first[0]["status"], refusal[0]["status"]) == (200, 503)


class Upload:
    """A request whose body comes when the test says so."""

    def __init__(
        self,
        door: ASGIApp,
        path: str = "/records",
        client: str = "192.0.2.1",
        pieces: Sequence[bytes] = (b"{", b"}"),
        coding: str = "",
    ) -> None:
        self.arrived = asyncio.Event()
        self.sent: list[Message] = []
        scope: Scope = {
            "type": "http",
            "state": {"correlation_id": "mine"},
            "http_version": "1.1",
            "method": "POST",
            "path": path,
            "query_string": b"",
            "headers": [(b"content-encoding", coding.encode())] if coding else [],
            "client": (client, 1),
        }
        self._pieces = list(pieces)
        self.task = asyncio.ensure_future(door(scope, self.receive, self.send))

    async def receive(self) -> Message:
        piece = self._pieces.pop(0)
        if not self._pieces:
            await self.arrived.wait()
        return {"type": "http.request", "body": piece, "more_body": bool(self._pieces)}

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    @property
    def status(self) -> int:
        return self.sent[0]["status"]


class Reader:
    """Reads the body, works when it is there until it is told to finish, and answers."""

    def __init__(self) -> None:
        self.finish = asyncio.Event()
        self.working = 0

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive()).get("more_body"):
            pass
        self.working += 1
        await self.finish.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def test_unfinished_bodies_take_no_room() -> None:
    reader = Reader()
    door = guard(reader, most=2)
    unfinished = [Upload(door) for _ in range(300)]
    await asyncio.sleep(0)

    others = [Upload(door) for _ in range(2)]
    for other in others:
        other.arrived.set()
    await until(lambda: reader.working == 2)

    # There is room for two; a body that is complete now waits for no other.
    unfinished[0].arrived.set()
    await unfinished[0].task
    reader.finish.set()
    await asyncio.wait([other.task for other in others])
    unfinished[1].arrived.set()
    await unfinished[1].task
    for upload in unfinished[2:]:
        upload.task.cancel()
    await asyncio.wait([upload.task for upload in unfinished])

    assert [upload.status for upload in (*others, *unfinished[:2])] == [200, 200, 503, 200]
    assert reader.working == 3


async def test_one_client_leaves_room_for_others() -> None:
    reader = Reader()
    door = guard(reader, most=10, per_client=2)
    unfinished = [Upload(door, client="2001:db8:1:2::1"), Upload(door, client="2001:db8:1:2::2")]
    await asyncio.sleep(0)

    same_network, another = Upload(door, client="2001:db8:1:2:3::"), Upload(door, client="2001:db8:1:3::1")
    reader.finish.set()
    another.arrived.set()
    await asyncio.wait([same_network.task, another.task])
    for upload in unfinished:
        upload.arrived.set()
    await asyncio.wait([upload.task for upload in unfinished])
    later = Upload(door, client="2001:db8:1:2::1")
    later.arrived.set()
    await later.task

    assert (same_network.status, another.status, later.status) == (503, 200, 200)
    assert b"from this client" in same_network.sent[1]["body"]


PLAIN = (b"x" * 400, b"x" * 10)
PACKED = zlib.compress(b"x" * 400, wbits=31)


@pytest.mark.parametrize(("pieces", "coding"), [(PLAIN, ""), ((PACKED[:-1], PACKED[-1:]), "gzip")])
async def test_the_unfinished_body_that_began_first_gives_way_when_all_of_them_take_too_much(
    pieces: Sequence[bytes], coding: str
) -> None:
    reader = Reader()
    reader.finish.set()
    door = guard(reader, held_bytes=1000)

    uploads = [Upload(door, pieces=pieces, coding=coding) for _ in range(3)]
    await asyncio.wait([uploads[0].task])
    for upload in uploads[1:]:
        upload.arrived.set()
    await asyncio.wait([upload.task for upload in uploads])

    assert [upload.status for upload in uploads] == [503, 200, 200]
    assert dict(uploads[0].sent[0]["headers"])[b"connection"] == b"close"
    assert b"as many bytes of bodies as it takes" in uploads[0].sent[1]["body"]


async def test_a_whole_body_is_held_until_its_answer_and_does_not_give_way() -> None:
    reader = Reader()
    door = guard(reader, held_bytes=1000)
    whole = [Upload(door, pieces=PLAIN) for _ in range(2)]
    for upload in whole:
        upload.arrived.set()
    await until(lambda: reader.working == 2)

    refused = Upload(door, pieces=PLAIN)
    await refused.task
    small = Upload(door, pieces=(b"x" * 400,))
    small.arrived.set()
    reader.finish.set()
    await asyncio.wait([each.task for each in (*whole, small)])
    later = Upload(door, pieces=PLAIN)
    later.arrived.set()
    await later.task

    assert [upload.status for upload in (*whole, refused, small, later)] == [200, 200, 503, 200, 200]


async def test_a_body_that_is_worked_on_while_it_comes_is_not_held() -> None:
    reader = Reader()
    reader.finish.set()
    upload = Upload(guard(reader, held_bytes=1000, streamed=["/import"]), "/import", pieces=(b"x" * 900,) * 5)
    upload.arrived.set()
    await upload.task

    assert upload.status == 200
