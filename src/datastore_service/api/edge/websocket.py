"""One WebSocket of uvicorn, with limits to what it holds for its client."""

import asyncio
from collections import deque
from sys import getsizeof
from typing import TYPE_CHECKING, ClassVar, Final, cast, override

from websockets.protocol import State

from datastore_service.api.edge.held_bytes import HeldBytes
from datastore_service.api.edge.joined_writes import JoinedWrites
from datastore_service.api.edge.untaken import Untaken
from datastore_service.config.settings import LimitSettings
from datastore_service.library_internals.uvicorn import WebSocketsSansIOProtocol

if TYPE_CHECKING:
    from websockets.frames import Frame

    from datastore_service.library_internals.uvicorn import ASGIReceiveEvent, ASGISendEvent

_TRY_AGAIN_LATER: Final = 1013
"""The close code of RFC 6455's registry for a service that is overloaded."""
_NO_MEMORY: Final = "The service holds as many bytes of messages as it takes"
_WIDEST: Final = 4
"""The most bytes that Python takes for a character that is not ASCII."""
_BRIEF: Final = 64 * 1024
"""Up to this many bytes are not counted, as those of requests in one piece are not."""


_PIECE: Final = 2048
"""Bytes that are parsed at a time; they may be hundreds of frames."""
_SECONDS_OF_A_TURN: Final = 0.002


class WebSocketConnection(WebSocketsSansIOProtocol):
    """Counts what uvicorn's WebSocket buffers, and gives up what is too much for one process.

    A message counts from its arrival until the application asks for the next one; what the application sends counts
    while the client does not take it (adr/0098).
    """

    limits: ClassVar[LimitSettings]
    received: ClassVar[HeldBytes]
    untaken: ClassVar[HeldBytes]

    _answers: Untaken
    _pieces: deque[bytes]
    """What has arrived and is not parsed yet."""
    _is_scheduled = False
    _sizes: deque[int]
    """The sizes of the messages that wait for the application."""
    _whole = 0
    """The size of all messages that are whole, that of the one that the application works on included."""
    _worked_on = 0

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._pieces = deque()
        self._sizes = deque()
        self._answers = Untaken(cast("asyncio.Transport", transport), self.untaken, self.limits.request_seconds)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._answers.resume()
        self.conn.reader.discard()
        self.frames.clear()
        self._pieces.clear()
        self._count()

    @override
    async def run_asgi(self) -> None:
        try:
            await super().run_asgi()
        finally:
            self.queue = asyncio.Queue()
            self._sizes.clear()
            self._whole = self._worked_on = 0
            self._count()

    @override
    def data_received(self, data: bytes) -> None:
        if len(data) <= _PIECE and not self._pieces:
            super().data_received(data)
            self._count()
            return
        self._pieces.extend(data[start : start + _PIECE] for start in range(0, len(data), _PIECE))
        if not self._is_scheduled:
            self._parse()

    def _parse(self) -> None:
        """Parses what has arrived until the application has a message, or until other connections have their turn."""
        self._is_scheduled = False
        end = self.loop.time() + _SECONDS_OF_A_TURN
        while self._pieces and not self.read_paused and not self.transport.is_closing():
            if self.loop.time() > end:
                self._go_on()
                break
            super().data_received(self._pieces.popleft())
        if self.transport.is_closing():
            self._pieces.clear()
        transport = cast("JoinedWrites", self.transport)
        if self._pieces:
            transport.hold_reading()
        else:
            transport.release_reading(reads_on=not self.read_paused)
        self._count()

    def _go_on(self) -> None:
        """Has the rest parsed in another turn of the event loop."""
        if self._pieces and not self.read_paused and not self._is_scheduled:
            self._is_scheduled = True
            self.loop.call_soon(self._parse)

    @override
    def handle_text(self, event: "Frame") -> None:
        super().handle_text(event)
        # The parser refers to the frame until it has the next one.
        event.data = b""

    @override
    def handle_bytes(self, event: "Frame") -> None:
        super().handle_bytes(event)
        event.data = b""

    @override
    def handle_cont(self, event: "Frame") -> None:
        """Joins the fragments of a message as they arrive: a list of short ones takes fifty times as much memory."""
        if not isinstance(self.frames[0], bytearray):
            self.frames[0] = cast("bytes", bytearray(self.frames[0]))
        self.frames[0] += event.data
        event.data = b""
        if event.fin:
            self.send_receive_event_to_app()

    @override
    def handle_ping(self) -> None:
        """Answers a ping, unless the client does not take what is there: then its last pings need no answer."""
        if self._answers.is_paused:
            self.conn.data_to_send()
        else:
            super().handle_ping()

    @override
    def send_receive_event_to_app(self) -> None:
        if not self.close_sent:
            text = self.frames[0]
            size = len(text) if text.isascii() else len(text) * _WIDEST
            self._sizes.append(size)
            self._whole += size
        super().send_receive_event_to_app()

    @override
    async def receive(self) -> "ASGIReceiveEvent":
        if self._worked_on:
            self._whole -= self._worked_on
            self._worked_on = 0
            self._count()
        message = await super().receive()
        self._go_on()
        if message["type"] == "websocket.receive":
            self._worked_on = self._sizes.popleft()
        return message

    @override
    async def send(self, message: "ASGISendEvent") -> None:
        if self._answers.is_paused:
            await self._answers.wait(getsizeof(message.get("text")))
        await super().send(message)
        # It reads on until the client has said that it closes, too.
        self._go_on()

    @override
    def pause_writing(self) -> None:
        super().pause_writing()
        self._answers.pause()

    @override
    def resume_writing(self) -> None:
        self._answers.resume()
        super().resume_writing()

    def _count(self) -> None:
        """Takes note of what is held of the client's messages."""
        unfinished = len(self.conn.reader.buffer) + sum(map(len, self.frames)) + _PIECE * len(self._pieces)
        size = unfinished + self._whole
        if size <= _BRIEF:
            self.received.release(self)
            return
        self.received.hold(self, size)
        if not unfinished:
            self.received.settle(self)

    def give_up(self) -> None:
        """Closes the connection, as its message takes memory that others need; see `Holder`."""
        self.frames.clear()
        if self.conn.state is State.OPEN:
            self.conn.fail(_TRY_AGAIN_LATER, _NO_MEMORY)
            self.handle_parser_exception()
        else:
            self.transport.abort()
