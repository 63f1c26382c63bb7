"""Responses to HTTP/1.0, which knows no chunks: a body without a Content-Length ends with the connection."""

import socket
import struct
from collections.abc import Awaitable
from typing import TYPE_CHECKING, Final, cast

from starlette.types import Message

from datastore_service.api.edge.untaken import Untaken
from datastore_service.library_internals.uvicorn import RequestResponseCycle

if TYPE_CHECKING:
    from datastore_service.library_internals.uvicorn import ASGISendEvent

# To close with these drops what is not sent yet, and resets the connection.
_RESETS: Final = struct.pack("ii", 1, 0)


class SendingUntilClose:
    """Sends one response without chunks (RFC 9112, section 6.3); uvicorn would use them.

    uvicorn closes the connection after a response to HTTP/1.0. To the client, the end of the connection is the end of
    the body. So a response that breaks off has its connection reset, and is not taken for complete.
    """

    __slots__ = ("_answers", "_cycle", "_ends_with_connection")

    def __init__(self, cycle: RequestResponseCycle, answers: Untaken) -> None:
        self._answers = answers
        self._cycle = cycle
        self._ends_with_connection = False
        # A client of HTTP/1.0 does not understand the interim response (RFC 9110, section 10.1.1).
        cycle.waiting_for_100_continue = False

    def __call__(self, message: Message) -> Awaitable[None]:
        if self._answers.is_paused:
            return self._answers.pass_on(message, self)
        if message["type"] == "http.response.start":
            given = message.get("headers", ())
            message = {**message, "headers": [each for each in given if each[0].lower() != b"transfer-encoding"]}
            if not any(name.lower() == b"content-length" for name, _ in given):
                self._ends_with_connection = True
                self._cycle.chunked_encoding = False
        elif self._ends_with_connection:
            # uvicorn compares the body with this number.
            self._cycle.expected_content_length = len(message.get("body", b""))
        return self._cycle.send(cast("ASGISendEvent", message))

    def end(self) -> None:
        """Makes the connection end with a reset if the response is incomplete. To be called before other tasks run."""
        cycle = self._cycle
        if self._ends_with_connection and not (cycle.response_complete or cycle.disconnected):
            connection = cycle.transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESETS)
