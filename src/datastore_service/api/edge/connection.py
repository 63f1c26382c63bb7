"""One connection of uvicorn, with limits to the size and the duration of a request's head."""

import asyncio
import re
import sys
from collections import deque
from contextvars import Context
from typing import TYPE_CHECKING, ClassVar, Final, cast, override

import httptools

from datastore_service.api.edge.admission import BROKEN_OFF
from datastore_service.api.edge.capacity import Capacity
from datastore_service.api.edge.correlation import new_correlation_id
from datastore_service.api.edge.held_bytes import HeldBytes
from datastore_service.api.edge.joined_writes import FlushScheduler, JoinedWrites
from datastore_service.api.edge.methods import is_known, not_implemented
from datastore_service.api.edge.response_headers import completed
from datastore_service.api.edge.sending import Sending
from datastore_service.api.edge.sizes import headers_too_large, uri_too_long
from datastore_service.api.edge.timers import Timers
from datastore_service.api.edge.untaken import Untaken
from datastore_service.api.edge.until_close import SendingUntilClose
from datastore_service.api.edge.websocket import WebSocketConnection
from datastore_service.api.http.problems import Problem
from datastore_service.config.settings import LimitSettings
from datastore_service.library_internals.uvicorn import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

if TYPE_CHECKING:
    from datastore_service.library_internals.uvicorn import ASGI3Application, ASGISendCallable

# To close a connection while the client still sends resets it, and the client may lose the response.
_SECONDS_TO_LINGER: Final = 2
_PIECE: Final = 8192
"""Bytes that are parsed at a time. As many requests as fit in one piece may wait on a connection."""
# Room for the method and the version in the request line, and for the framing of chunks.
_SLACK: Final = 1024
_ABSOLUTE: Final = re.compile(rb"https?://([^/?#]*)", re.IGNORECASE)
_METHOD: Final = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+ ")


class Connection(HttpToolsProtocol):
    """Limits what uvicorn's connection buffers, and answers with problem documents instead of plain text.

    uvicorn would buffer a request head of any size, for any time. This class bounds what the parser holds; `Sizes`
    checks the exact limits. A client that does not read its response is dropped after as long as a client that does not
    send its request.
    """

    limits: ClassVar[LimitSettings]
    idle: ClassVar[Timers]
    turn: ClassVar[FlushScheduler]
    untaken: ClassVar[HeldBytes]
    websockets: ClassVar[type[WebSocketConnection]]

    answers: Untaken
    _data = b""
    _unfinished = 0
    _refused = False
    _upgraded = False
    _held: deque[bytes]
    _clock: asyncio.TimerHandle | None = None

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(cast("asyncio.Transport", JoinedWrites(transport, self.turn)))  # type: ignore[override]
        self.answers = Untaken(transport, self.untaken, self.limits.request_seconds)
        self.url = b""
        self._held = deque()
        self._start_clock()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_clock()
        self.answers.resume()
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    @override
    def pause_writing(self) -> None:
        super().pause_writing()
        self.answers.pause()

    @override
    def resume_writing(self) -> None:
        self.answers.resume()
        super().resume_writing()

    @override
    def data_received(self, data: bytes) -> None:
        if self._refused:
            return
        if len(data) > _PIECE or self._held or self.pipeline:
            self._held.extend(data[start : start + _PIECE] for start in range(0, len(data), _PIECE))
            self._parse_held()
        else:
            self._parse(data)

    def _parse_held(self) -> None:
        """Parses the buffered data until a complete request waits for its turn; the rest stays buffered."""
        while self._held and not (self.pipeline or self._refused or self._upgraded):
            self._parse(self._held.popleft())
        if self._refused or self._upgraded:
            self._held.clear()
        transport = cast("JoinedWrites", self.transport)
        if self._held:
            transport.hold_reading()
        else:
            transport.release_reading(reads_on=not self.flow.read_paused)

    def _parse(self, data: bytes) -> None:
        self._data = data
        self._unfinished += len(data)
        super().data_received(data)
        if self._refused:
            return
        if self._unfinished > self.limits.uri_bytes + self.limits.header_bytes + _SLACK:
            self._refuse(self._too_large())
        elif not self._unfinished:
            self._stop_clock()
        elif self._clock is None:
            self._start_clock()

    @override
    def on_headers_complete(self) -> None:
        self._unfinished = 0
        if target := _ABSOLUTE.match(self.url):
            # The target's authority replaces the Host header (RFC 9112, section 3.2.2).
            self.headers[:] = [(name, target[1] if name == b"host" else value) for name, value in self.headers]
        super().on_headers_complete()
        # Trailers are added to this list. They are not headers (RFC 9110, section 6.5.1), so the request has a copy.
        self.headers = self.headers.copy()

    @override
    def on_body(self, body: bytes) -> None:
        self._unfinished = 0
        super().on_body(body)

    @override
    def on_message_complete(self) -> None:
        self._unfinished = 0
        super().on_message_complete()

    @override
    def on_response_complete(self) -> None:
        """Does what uvicorn's method does, without a timer of the event loop for each response."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        elif not self._held:
            self.idle.start(self)
        if self._held:
            self._parse_held()

    @override
    def handle_websocket_upgrade(self) -> None:
        if self.scope["method"] != "GET":
            # The parser has skipped the body. RFC 6455, section 4.1, has no other method.
            self._refuse(Problem("malformed_request", "A WebSocket is opened by GET."))
            return
        if self.answers.is_paused or (self.cycle and not self.cycle.response_complete):
            # The connection would never learn that the client has taken that answer, or has left.
            self._refuse(Problem("malformed_request", "A WebSocket is opened after all answers on its connection."))
            return
        self._upgraded = True
        self.ws_protocol_class = self.websockets
        super().handle_websocket_upgrade()

    @override
    def _start_asgi_task(self, cycle: RequestResponseCycle, app: "ASGI3Application") -> None:
        context = Context() if self.config.reset_contextvars else None
        self.tasks.add(self.loop.create_task(self._answer(cycle, app), context=context))

    async def _answer(self, cycle: RequestResponseCycle, app: "ASGI3Application") -> None:
        """Runs the application, and removes its own task at the end: a callback would cost another turn of the loop.

        uvicorn handles errors, except those of a response that was cut off, which have been logged.
        """
        kind = Sending if cycle.scope["http_version"] != "1.0" else SendingUntilClose
        sending = kind(cycle, self.answers)
        try:
            await app(cycle.scope, cycle.receive, cast("ASGISendCallable", sending))
            if BROKEN_OFF in cycle.scope:
                self.transport.close()
            elif not (cycle.response_complete or cycle.disconnected):
                await cycle.run_asgi(_does_nothing)
        except BaseException as error:  # noqa: BLE001 - as uvicorn does
            await cycle.run_asgi(_raises(error))
        finally:
            if isinstance(sending, SendingUntilClose):
                sending.end()
            cycle.on_response = _says_nothing
            self.tasks.discard(cast("asyncio.Task[None]", asyncio.current_task()))

    @override
    def _unset_keepalive_if_required(self) -> None:
        self.idle.stop(self)

    def time_is_up(self) -> None:
        """Closes an idle connection; see `Timed`."""
        self.timeout_keep_alive_handler()

    @override
    def send_400_response(self, msg: str) -> None:
        """Answers a request that the parser refuses; uvicorn calls this while it handles the parser's error."""
        method = self.scope.get("method", "") if self.scope else ""
        if isinstance(sys.exception(), httptools.HttpParserInvalidMethodError) and _METHOD.match(self._data):
            self._refuse(not_implemented(""))
        elif method and not is_known(method):
            self._refuse(not_implemented(method))
        elif len(self.url) > self.limits.uri_bytes:
            self._refuse(self._too_large())
        else:
            self._refuse(Problem("malformed_request", "The request is not well-formed HTTP/1.1."))

    def _too_large(self) -> Problem:
        return (uri_too_long if len(self.url) > self.limits.uri_bytes else headers_too_large)(self.limits)

    def _start_clock(self) -> None:
        self._clock = self.loop.call_later(self.limits.request_seconds, self._time_out)

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _time_out(self) -> None:
        if self._unfinished:
            self._refuse(Problem("request_timeout", "The head of the request did not arrive in time."))
        else:
            self.transport.close()

    def _refuse(self, problem: Problem) -> None:
        """Answers and stops reading. If an earlier request is still being answered, its response is the last."""
        self._refused = True
        self._stop_clock()
        if self.transport.is_closing():
            return
        if self.cycle and not self.cycle.response_complete and self._is_another_s():
            self.cycle.keep_alive = False
            return
        response = problem.to_response()
        headers = [*self.server_state.default_headers, *completed(response.raw_headers, new_correlation_id())]
        lines = [name + b": " + value + b"\r\n" for name, value in [*headers, (b"connection", b"close")]]
        self.transport.write(b"".join([STATUS_LINE[problem.status], *lines, b"\r\n", bytes(response.body)]))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(_SECONDS_TO_LINGER, self.transport.close)

    def _is_another_s(self) -> bool:
        """Tells whether the request under way is another one than the request that is refused."""
        return not self.cycle.more_body or self.cycle.response_started


async def _does_nothing(*_: object) -> None:
    """An application that sends nothing."""


def _raises(error: BaseException) -> "ASGI3Application":
    async def application(*_: object) -> None:
        raise error

    return application


def _says_nothing() -> None:
    """Replaces the callback of a finished response, which would keep its request alive."""


def protocol_within(settings: LimitSettings, capacity: Capacity, *, keep_alive_seconds: float = 75) -> type[Connection]:
    """Makes a class of connections with these limits, as uvicorn expects it.

    Args:
        settings: The limits.
        capacity: What all connections of the process share.
        keep_alive_seconds: How long a connection stays open without a request.
    """

    class LimitedWebSocket(WebSocketConnection):
        limits = settings
        received = capacity.received
        untaken = capacity.answers

    class LimitedConnection(Connection):
        limits = settings
        idle = Timers(keep_alive_seconds)
        turn = FlushScheduler()
        untaken = capacity.answers
        websockets = LimitedWebSocket

    return LimitedConnection
