"""What is answered to who takes too long, and what stands by then."""

import asyncio
import json

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from datastore_service.application.commits import note_commit
from tests.unit.api.protection.guarding import guard

SOON = 0.05


def scope_of(kind: str) -> Scope:
    """Returns what there is to know of a request."""
    head: Scope = {"http_version": "1.1", "method": "POST", "path": "/", "query_string": b"", "headers": []}
    return {"type": kind, "state": {"correlation_id": "mine"}, **head}


class Client:
    """A client that sends what it is given, in its own time, and keeps the answer."""

    def __init__(self, *parts: bytes) -> None:
        self._parts = list(parts)
        self.sent: list[Message] = []

    async def receive(self) -> Message:
        if not self._parts:
            await asyncio.sleep(60)
        return {"type": "http.request", "body": self._parts.pop(0), "more_body": True}

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    async def ask(self, app: ASGIApp) -> None:
        await guard(app, seconds=SOON)(scope_of("http"), self.receive, self.send)

    @property
    def status(self) -> int:
        return self.sent[0]["status"]

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(self.sent[0]["headers"])

    @property
    def problem(self) -> dict[str, object]:
        return json.loads(self.sent[1]["body"])


async def test_stops_what_takes_too_long_and_says_that_nothing_was_changed() -> None:
    diary: list[str] = []

    async def slow(_scope: Scope, _receive: Receive, _send: Send) -> None:
        try:
            await asyncio.sleep(60)
        finally:
            diary.append("stopped")

    client = Client()
    await client.ask(slow)

    assert diary == ["stopped"]
    assert (client.status, client.headers[b"retry-after"]) == (503, b"1")
    assert (client.problem["code"], client.problem["commits"]) == ("deadline_exceeded", 0)
    assert str(client.problem["detail"]).endswith("Nothing was changed.")


async def test_says_what_was_committed_before_it_took_too_long() -> None:
    async def commit() -> None:
        note_commit()

    async def slow(_scope: Scope, _receive: Receive, _send: Send) -> None:
        await asyncio.gather(commit(), commit())
        await asyncio.sleep(60)

    client = Client()
    await client.ask(slow)

    assert (client.status, client.problem["commits"]) == (503, 2)
    assert "remain: 2 committed" in str(client.problem["detail"])


async def test_blames_the_client_whose_body_does_not_arrive() -> None:
    async def read_all(_scope: Scope, receive: Receive, _send: Send) -> None:
        while (await receive())["more_body"]:
            pass

    client = Client(b"{", b"}")
    await client.ask(read_all)

    assert (client.status, client.problem["code"]) == (408, "request_timeout")
    assert client.headers[b"connection"] == b"close"


async def test_lets_an_answer_that_has_begun_go_on() -> None:
    async def stream(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await asyncio.sleep(3 * SOON)
        await send({"type": "http.response.body", "body": b"late"})

    client = Client()
    await client.ask(stream)

    assert [message.get("body") for message in client.sent] == [None, b"late"]


async def test_gives_the_answer_of_what_could_not_be_stopped_any_more() -> None:
    async def commits(scope: Scope, receive: Receive, send: Send) -> None:
        committing = asyncio.ensure_future(asyncio.sleep(2 * SOON))
        try:
            await asyncio.shield(committing)
        except asyncio.CancelledError:
            await committing
        await Response(status_code=201)(scope, receive, send)

    client = Client()
    await client.ask(commits)

    assert client.status == 201


async def test_a_timeout_that_is_not_its_own_is_a_failure() -> None:
    async def fails(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise TimeoutError

    client = Client()
    await client.ask(fails)

    assert (client.status, client.problem["code"]) == (500, "internal_error")


async def test_leaves_web_sockets_alone() -> None:
    async def talk(_scope: Scope, _receive: Receive, send: Send) -> None:
        await asyncio.sleep(2 * SOON)
        await send({"type": "websocket.close"})

    client = Client()
    await guard(talk, seconds=SOON)(scope_of("websocket"), client.receive, client.send)

    assert client.sent == [{"type": "websocket.close"}]


async def test_a_cancellation_that_is_not_its_own_is_no_timeout() -> None:
    async def slow(_scope: Scope, _receive: Receive, _send: Send) -> None:
        await asyncio.sleep(60)

    client = Client()
    asking = asyncio.ensure_future(client.ask(slow))
    await asyncio.sleep(0)
    asking.cancel()
    await asyncio.wait([asking])

    assert asking.cancelled()
    assert client.sent == []


async def upload(pieces: int, *, size: int, pause: float, seconds: float, bytes_per_second: float) -> list[Message]:
    """Sends a streamed body in pieces, and returns what comes back."""
    sent: list[Message] = []
    left = pieces

    async def receive() -> Message:
        nonlocal left
        await asyncio.sleep(pause)
        left -= 1
        return {"type": "http.request", "body": bytes(size), "more_body": left > 0}

    async def send(message: Message) -> None:
        sent.append(message)

    async def read_all(_scope: Scope, receive: Receive, send: Send) -> None:
        while (await receive())["more_body"]:
            pass
        await Response()(_scope, receive, send)

    door = guard(read_all, seconds=seconds, streamed=["/"], bytes_per_second=bytes_per_second)
    await door(scope_of("http"), receive, send)
    return sent


async def test_a_streamed_body_that_trickles_is_refused() -> None:
    sent = await upload(1000, size=1, pause=0.02, seconds=0.2, bytes_per_second=1000)

    assert sent[0]["status"] == 408
    assert json.loads(sent[1]["body"])["detail"] == (
        "The body did not arrive within 0.2 seconds, or came at less than 1000 bytes a second."
    )


async def test_a_streamed_body_may_take_long_if_it_keeps_up_its_rate() -> None:
    sent = await upload(20, size=1_000_000, pause=0.02, seconds=0.2, bytes_per_second=1000)

    assert sent[0]["status"] == 200
