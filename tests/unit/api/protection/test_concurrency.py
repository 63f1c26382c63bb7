"""How many requests are worked on at once."""

import asyncio
from collections.abc import Callable

from starlette.types import Message, Receive, Scope, Send

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
    async with asyncio.timeout(5):
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
