"""Writes to one client within a turn of the event loop become one call to the operating system."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any, Final

_SMALL: Final = 1 << 16
"""Data up to this many bytes is cheaper to copy than to send with a call of its own."""


class FlushScheduler:
    """Calls the flushes of all connections at the end of the loop's turn, with one callback of the loop."""

    def __init__(self) -> None:
        self._flushes: list[Callable[[], None]] = []

    def at_end(self, flush: Callable[[], None]) -> None:
        """Schedules a flush for the end of this turn."""
        if not self._flushes:
            asyncio.get_running_loop().call_soon(self._end)
        self._flushes.append(flush)

    def _end(self) -> None:
        flushes, self._flushes = self._flushes, []
        for flush in flushes:
            flush()


class JoinedWrites:
    """A transport that keeps one piece of data until the next write, or until the end of the loop's turn.

    uvicorn writes the head of a response and then its body, and a call to the operating system takes longer than most
    of what the service does for a request. At most one piece is kept, so flow control is unchanged.
    """

    def __init__(self, transport: asyncio.Transport, turn: FlushScheduler) -> None:
        self._transport = transport
        self._turn = turn
        self._kept: bytes | None = None
        self._holds_reading = False

    def hold_reading(self) -> None:
        """Pauses reading until it is released; `resume_reading` has no effect meanwhile."""
        if not self._holds_reading:
            self._holds_reading = True
            if self._transport.is_reading():
                self._transport.pause_reading()

    def release_reading(self, *, reads_on: bool) -> None:
        """Ends the pause; reading resumes now if `reads_on`, else with `resume_reading`."""
        if self._holds_reading:
            self._holds_reading = False
            if reads_on and not self._transport.is_closing():
                self._transport.resume_reading()

    def resume_reading(self) -> None:
        """Resumes reading, unless it is held."""
        if not self._holds_reading:
            self._transport.resume_reading()

    def write(self, data: bytes) -> None:
        """Keeps the data, or sends it together with what is kept."""
        # The client may have left: uvicorn tells that to the last request of a connection alone.
        if self._transport.is_closing():
            return
        if self._kept is None:
            self._kept = data
            self._turn.at_end(self._flush)
        elif len(data) <= _SMALL:
            # Not by writelines, which ignores flow control in Python 3.12 (CVE-2024-12254).
            kept, self._kept = self._kept, None
            self._transport.write(kept + data)
        else:
            self._flush()
            self._transport.write(data)

    def write_at_once(self, head: bytes, body: bytes) -> None:
        """Sends a whole response at once; nothing follows it in this turn of the loop."""
        self._flush()
        if self._transport.is_closing():
            return
        if len(body) <= _SMALL:
            self._transport.write(head + body)
        else:
            self._transport.write(head)
            self._transport.write(body)

    def writelines(self, pieces: Iterable[bytes]) -> None:
        """Writes the pieces as one."""
        self.write(b"".join(pieces))

    def write_eof(self) -> None:
        """Sends what is kept, then the end of the stream."""
        self._flush()
        self._transport.write_eof()

    def close(self) -> None:
        """Sends what is kept, then closes."""
        self._flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - delegates the rest of the transport
        return getattr(self._transport, name)

    def _flush(self) -> None:
        kept, self._kept = self._kept, None
        # The client may have left meanwhile.
        if kept is not None and not self._transport.is_closing():
            self._transport.write(kept)
