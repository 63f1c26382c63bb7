"""What one client has not taken yet of its answers."""

import asyncio
from asyncio import TimerHandle, Transport

from starlette.types import Message, Send

from datastore_service.api.edge.held_bytes import HeldBytes


class Untaken:
    """Counts what a connection has to send while its transport takes no more, and drops a client that takes nothing."""

    __slots__ = ("_held", "_resumed", "_seconds", "_timer", "_transport", "_waiting")

    def __init__(self, transport: Transport, held: HeldBytes, seconds: float) -> None:
        self._transport = transport
        self._held = held
        self._seconds = seconds
        self._timer: TimerHandle | None = None
        self._resumed = asyncio.Event()
        self._waiting = 0

    @property
    def is_paused(self) -> bool:
        """Whether the transport takes no more."""
        return self._timer is not None

    def pause(self) -> None:
        """Takes note that the transport takes no more until the client has taken what is there."""
        self._timer = asyncio.get_running_loop().call_later(self._seconds, self._transport.abort)
        self._resumed.clear()
        self._count()

    def resume(self) -> None:
        """Takes note that the transport takes more, or that the client has left."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._held.release(self)
        self._resumed.set()

    async def wait(self, size: int) -> None:
        """Waits until the transport takes this many bytes, which count meanwhile."""
        self._waiting += size
        try:
            # Many may have waited, and the first of them may have filled the transport again.
            while self.is_paused:
                self._count()
                await self._resumed.wait()
        finally:
            self._waiting -= size

    async def pass_on(self, message: Message, send: Send) -> None:
        """Sends a part of a response when the transport takes more."""
        length = dict(message.get("headers", ())).get(b"content-length", b"")
        # The body that a response announces is there already.
        await self.wait(int(length) if length.isdigit() else len(message.get("body", b"")))
        await send(message)

    def _count(self) -> None:
        self._held.hold(self, self._transport.get_write_buffer_size() + self._waiting)

    def give_up(self) -> None:
        """Drops the connection, as its client does not take the answers; see `Holder`."""
        self._transport.abort()
