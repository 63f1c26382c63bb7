"""Answers are sent as uvicorn sends them, whether it does so or not."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any, cast

import pytest
from starlette.types import Message
from uvicorn.protocols.http.flow_control import FlowControl

from datastore_service.api.edge.held_bytes import HeldBytes
from datastore_service.api.edge.sending import Sending
from datastore_service.api.edge.untaken import Untaken
from datastore_service.library_internals.uvicorn import RequestResponseCycle


class Transport:
    """Keeps what is written, and how often that was."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.closed = False
        self.completed = 0

    def write(self, data: bytes) -> None:
        self.pieces.append(data)

    def write_at_once(self, head: bytes, body: bytes) -> None:
        self.write(head + body)

    def close(self) -> None:
        self.closed = True

    def complete(self) -> None:
        self.completed += 1


def cycle_on(transport: Transport, method: str = "GET", *, keep_alive: bool = True) -> RequestResponseCycle:
    return RequestResponseCycle(
        scope=cast("Any", {"method": method, "type": "http"}),
        transport=cast("asyncio.Transport", transport),
        flow=FlowControl(cast("asyncio.Transport", transport)),
        logger=logging.getLogger("test"),
        access_logger=logging.getLogger("test"),
        access_log=False,
        default_headers=[(b"date", b"now")],
        message_event=asyncio.Event(),
        expect_100_continue=False,
        keep_alive=keep_alive,
        on_response=transport.complete,
    )


def sending_on(transport: Transport, cycle: RequestResponseCycle) -> Sending:
    return Sending(cycle, Untaken(cast("asyncio.Transport", transport), HeldBytes(1 << 20), 60))


async def sent(
    messages: Sequence[Message], method: str, *, as_uvicorn: bool, keep_alive: bool = True
) -> tuple[bytes, str, object, int]:
    transport = Transport()
    cycle = cycle_on(transport, method, keep_alive=keep_alive)
    send: Any = cycle.send if as_uvicorn else sending_on(transport, cycle)
    problem = ""
    try:
        for message in messages:
            await send(message)
    except RuntimeError as error:
        problem = str(error)
    state = transport.closed, transport.completed, cycle.response_complete, cycle.message_event.is_set()
    return b"".join(transport.pieces), problem, state, len(transport.pieces)


def answer(*bodies: bytes, status: int = 200, length: int | None = None, **headers: str) -> list[Message]:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return coded(given if length is None else {"content-length": str(length), **given}, *bodies, status=status)


def coded(headers: Mapping[str, str], *bodies: bytes, status: int = 200) -> list[Message]:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
    last = len(bodies) - 1
    return [
        {"type": "http.response.start", "status": status, "headers": raw},
        *({"type": "http.response.body", "body": body, "more_body": at < last} for at, body in enumerate(bodies)),
    ]


ANSWERS = [
    answer(b"whole", length=5, content_type="text/plain"),
    answer(b"", length=0),
    answer(b"in ", b"pieces", length=9),
    answer(b"of no known ", b"length"),
    answer(b"", status=204),
    answer(b"", status=304, etag='W/"1"'),
    answer(b"too long", length=3),
    answer(b"short", length=9),
    answer(b"last", length=4, connection="close"),
    coded({"content-length": "11", "X-Upper": "case"}, b"named oddly"),
    answer(b"coded", transfer_encoding="chunked"),
    answer(b"tabbed", length=6, note="a\tb"),
    answer(b"no answer", length=9, note="split\r\nset-cookie: a=b"),
    answer(b"no answer", length=9, note="control\x00"),
    coded({"content-length": "9", "bad name": "value"}, b"no answer"),
    [*answer(b"whole", length=5), *answer(b"again", length=5)],
    answer(b"headless", length=8)[1:],
    [{"type": "http.response.start", "status": 200, "headers": [[b"content-length", b"0"]]}, *answer(b"")[1:]],
    [answer(b"", length=0)[0], *answer(b"", length=0)],
]


@pytest.mark.parametrize("keep_alive", [True, False])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("messages", ANSWERS)
async def test_sends_what_uvicorn_sends(messages: Sequence[Message], method: str, keep_alive: bool) -> None:
    ours = await sent(messages, method, as_uvicorn=False, keep_alive=keep_alive)
    theirs = await sent(messages, method, as_uvicorn=True, keep_alive=keep_alive)

    # How many pieces that is does not matter; of what is refused after its head, uvicorn has sent the head already.
    assert ours[1:3] == theirs[1:3]
    assert ours[0] == theirs[0] or (ours[1] and theirs[0].startswith(ours[0]))


async def test_an_answer_of_known_length_is_one_piece() -> None:
    whole = await sent(ANSWERS[0], "GET", as_uvicorn=False)

    assert whole[0].startswith(b"HTTP/1.1 200 OK\r\ndate: now\r\ncontent-length: 5\r\n")
    assert whole[-1] == 1


async def test_a_client_that_has_gone_is_sent_nothing() -> None:
    transport = Transport()
    cycle = cycle_on(transport)
    sending = sending_on(transport, cycle)
    start, body = ANSWERS[0]
    await sending(start)
    cycle.disconnected = True

    await sending(body)

    assert transport.pieces == []
