"""How an answer goes to the client: in one piece, if its length is known, as that of nearly all answers is."""

import re
from collections.abc import Awaitable, Generator, Sequence
from typing import TYPE_CHECKING, Final, cast

from starlette.types import Message

from datastore_service.api.edge.joined_writes import JoinedWrites
from datastore_service.library_internals.uvicorn import STATUS_LINE, RequestResponseCycle

if TYPE_CHECKING:
    from datastore_service.library_internals.uvicorn import ASGISendEvent

_LINES: Final = re.compile(rb"(?:[!#-'*+.0-9^-z|~-]++: [^\x00-\x08\x0a-\x1f\x7f]*+\r\n)*+")
"""Header fields whose names are tokens in lower case, and whose values have no control characters but tabs."""
_line: Final = b"%b: %b\r\n".__mod__
_LEFT_TO_UVICORN: Final = (b"connection", b"transfer-encoding")


class _Sent:
    """Is there as soon as it is awaited; one serves all messages."""

    def __await__(self) -> Generator[None]:
        yield from ()


_SENT: Final = _Sent()


class Sending:
    """Sends one answer.

    uvicorn looks at each header field twice and writes the head by itself. An answer that tells its length, and nothing
    of its connection, is put together here at once, and written together with its body. uvicorn sends all others.
    """

    __slots__ = ("_cycle", "_head")

    def __init__(self, cycle: RequestResponseCycle) -> None:
        self._cycle = cycle
        self._head: bytes | None = None

    def __call__(self, message: Message) -> Awaitable[None]:
        cycle = self._cycle
        if cycle.response_started:
            if self._head is not None:
                return self._begin(message, self._head)
        elif head := self._head_of(message):
            cycle.response_started = True
            cycle.waiting_for_100_continue = False
            self._head = head
            return _SENT
        return cycle.send(cast("ASGISendEvent", message))

    def _head_of(self, message: Message) -> bytes | None:
        """Returns the head, and has the cycle expect the body; None if uvicorn is to do so."""
        cycle = self._cycle
        if message["type"] != "http.response.start" or cycle.scope["method"] == "HEAD":
            return None
        if cycle.access_log or not cycle.keep_alive:
            return None
        headers: Sequence[tuple[bytes, bytes]] = [*cycle.default_headers, *message.get("headers", ())]
        # A layer that somebody adds may have put lists in the place of pairs.
        lines = b"".join(map(_line, map(tuple, headers)))
        known = dict(headers)
        length = known.get(b"content-length", b"")
        if not length.isdigit() or not known.keys().isdisjoint(_LEFT_TO_UVICORN):
            return None
        # A value with the end of a line in it would be several fields.
        if not _LINES.fullmatch(lines) or lines.count(b"\r\n") != len(headers):
            return None
        cycle.chunked_encoding = False
        cycle.expected_content_length = int(length)
        return b"%b%b\r\n" % (STATUS_LINE[message["status"]], lines)

    def _begin(self, message: Message, head: bytes) -> Awaitable[None]:
        """Writes the head with the body if that is whole, else before it."""
        cycle, self._head = self._cycle, None
        if cycle.disconnected:
            return _SENT
        body: bytes = message.get("body", b"")
        is_whole = message["type"] == "http.response.body" and not message.get("more_body")
        if (
            not is_whole
            or len(body) != cycle.expected_content_length
            or cycle.flow.write_paused
            or not cycle.keep_alive
        ):
            cycle.transport.write(head)
            return cycle.send(cast("ASGISendEvent", message))
        cast("JoinedWrites", cycle.transport).write_at_once(head, body)
        cycle.response_complete = True
        cycle.message_event.set()
        cycle.on_response()
        return _SENT
