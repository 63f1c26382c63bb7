"""Timers with one common duration."""

import asyncio
from typing import Protocol


class Timed(Protocol):
    """An object with a time limit; no two of them are equal."""

    def time_is_up(self) -> None:
        """Is called when the time is over."""
        ...


class Timers:
    """All run for the same duration, so they end in the order in which they began: one timer of the loop is enough.

    Nearly all are stopped early, and a timer of the event loop costs more than reading the head of a request.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._ends: dict[Timed, float] = {}
        self._next: asyncio.TimerHandle | None = None

    def start(self, timed: Timed) -> None:
        """Starts the timer of this object, or restarts it."""
        loop = asyncio.get_running_loop()
        self._ends.pop(timed, None)
        self._ends[timed] = end = loop.time() + self.seconds
        if self._next is None:
            self._next = loop.call_at(end, self._look)

    def stop(self, timed: Timed) -> None:
        """Stops the timer of this object."""
        self._ends.pop(timed, None)

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        while self._ends:
            timed, end = next(iter(self._ends.items()))
            if end > loop.time():
                self._next = loop.call_at(end, self._look)
                return
            del self._ends[timed]
            timed.time_is_up()
        self._next = None
