"""What goes to a client in one turn of the loop goes with one call to the system."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, Final

_SMALL: Final = 1 << 16
"""Bytes that are copied sooner than the system is called for them."""


class FlushScheduler:
    """What of all connections waits for the loop to come round, which calls back but once for all of it."""

    def __init__(self) -> None:
        self._flushes: list[Callable[[], None]] = []

    def at_end(self, flush: Callable[[], None]) -> None:
        """Has this called when the loop comes round."""
        if not self._flushes:
            asyncio.get_running_loop().call_soon(self._end)
        self._flushes.append(flush)

    def _end(self) -> None:
        flushes, self._flushes = self._flushes, []
        for flush in flushes:
            flush()


class JoinedWrites:
    """A transport that keeps what is written until the next write, or until the loop comes round.

    uvicorn writes the head of an answer and then its body, and each call to the system takes longer than most of what
    the service does for a request. No more than one piece is ever kept, so flow control works as before.
    """

    def __init__(self, transport: asyncio.Transport, turn: FlushScheduler) -> None:
        self._transport = transport
        self._turn = turn
        self._kept: bytes | None = None
        self._holds_reading = False

    def hold_reading(self) -> None:
        """Reads nothing more until it is released, also if it is told to go on."""
        if not self._holds_reading:
            self._holds_reading = True
            if self._transport.is_reading():
                self._transport.pause_reading()

    def release_reading(self, *, reads_on: bool) -> None:
        """Lets reading go on, now or when it is told to."""
        if self._holds_reading:
            self._holds_reading = False
            if reads_on and not self._transport.is_closing():
                self._transport.resume_reading()

    def resume_reading(self) -> None:
        """Reads on, unless that is held."""
        if not self._holds_reading:
            self._transport.resume_reading()

    def write(self, data: bytes) -> None:
        """Keeps the data, or sends it with what is kept."""
        if self._kept is None:
            self._kept = data
            self._turn.at_end(self._flush)
        elif len(data) <= _SMALL:
            # Not by writelines, which in Python 3.12 knows no flow control (CVE-2024-12254).
            kept, self._kept = self._kept, None
            self._transport.write(kept + data)
        else:
            self._flush()
            self._transport.write(data)

    def write_at_once(self, head: bytes, body: bytes) -> None:
        """Sends a whole answer, which nothing more comes after in this turn of the loop."""
        self._flush()
        if len(body) <= _SMALL:
            self._transport.write(head + body)
        else:
            self._transport.write(head)
            self._transport.write(body)

    def writelines(self, pieces: Iterable[bytes]) -> None:
        """Writes the pieces as one."""
        self.write(b"".join(pieces))

    def write_eof(self) -> None:
        """Sends what is kept, and the end."""
        self._flush()
        self._transport.write_eof()

    def close(self) -> None:
        """Closes once what is kept is sent."""
        self._flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever else a transport has
        return getattr(self._transport, name)

    def _flush(self) -> None:
        kept, self._kept = self._kept, None
        # A client that has gone meanwhile takes nothing more.
        if kept is not None and not self._transport.is_closing():
            self._transport.write(kept)
