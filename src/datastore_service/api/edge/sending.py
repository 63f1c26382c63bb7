"""Sends a response in one piece if its length is known, as it nearly always is."""

from collections.abc import Awaitable, Generator, Sequence
from typing import TYPE_CHECKING, Final, cast

from starlette.types import Message

from datastore_service.api.edge.joined_writes import JoinedWrites
from datastore_service.api.edge.untaken import Untaken
from datastore_service.library_internals.uvicorn import STATUS_LINE, RequestResponseCycle

if TYPE_CHECKING:
    from datastore_service.library_internals.uvicorn import ASGISendEvent

_TOKEN: Final = b"!#$%&'*+-.0123456789^_`abcdefghijklmnopqrstuvwxyz|~"
"""What the names of headers consist of; they are in lower case."""
_PRINTABLE: Final = bytes({9, *range(32, 256)} - {127})
"""What their values consist of: all characters but control characters other than tabs."""
_LEFT_TO_UVICORN: Final = (b"connection", b"transfer-encoding", b"")


class _Sent:
    """An awaitable that is done at once; one object serves all messages."""

    def __await__(self) -> Generator[None]:
        yield from ()


_SENT: Final = _Sent()


class Sending:
    """Sends one response.

    uvicorn examines each header twice, and writes the head separately. A response with a Content-Length and without
    headers about the connection is assembled here and written together with its body. uvicorn sends all others.
    """

    __slots__ = ("_answers", "_cycle", "_head")

    def __init__(self, cycle: RequestResponseCycle, answers: Untaken) -> None:
        self._cycle = cycle
        self._answers = answers
        self._head: bytes | None = None

    def __call__(self, message: Message) -> Awaitable[None]:
        if self._answers.is_paused:
            return self._answers.pass_on(message, self)
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
        """Returns the encoded head, and tells the cycle which body to expect; None if uvicorn has to send it."""
        cycle = self._cycle
        if message["type"] != "http.response.start" or cycle.scope["method"] == "HEAD":
            return None
        if cycle.access_log or not cycle.keep_alive:
            return None
        headers: Sequence[tuple[bytes, bytes]] = [*cycle.default_headers, *message.get("headers", ())]
        lines = b"\r\n".join([*map(b": ".join, headers), b""])
        known = dict(headers)
        length = known.get(b"content-length", b"")
        if not length.isdigit() or not known.keys().isdisjoint(_LEFT_TO_UVICORN):
            return None
        # A value that contains a line break would add a header.
        if b"".join(known).translate(None, _TOKEN) or lines.translate(None, _PRINTABLE) != b"\r\n" * len(headers):
            return None
        cycle.chunked_encoding = False
        cycle.expected_content_length = int(length)
        return b"%b%b\r\n" % (STATUS_LINE[message["status"]], lines)

    def _begin(self, message: Message, head: bytes) -> Awaitable[None]:
        """Writes the head, together with the body if that is complete."""
        cycle, self._head = self._cycle, None
        if cycle.disconnected:
            return _SENT
        body: bytes = message.get("body", b"")
        is_whole = message["type"] == "http.response.body" and not message.get("more_body")
        if not is_whole or len(body) != cycle.expected_content_length or not cycle.keep_alive:
            cycle.transport.write(head)
            return cycle.send(cast("ASGISendEvent", message))
        cast("JoinedWrites", cycle.transport).write_at_once(head, body)
        cycle.response_complete = True
        cycle.message_event.set()
        cycle.on_response()
        return _SENT
