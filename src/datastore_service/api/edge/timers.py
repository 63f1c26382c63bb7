"""Timers that all run for the same time."""

import asyncio
from typing import Protocol


class Timed(Protocol):
    """What is told once its time is up; no two of them are equal."""

    def time_is_up(self) -> None:
        """Does what has to be done then."""
        ...


class Timers:
    """Run for the same time each, so the first to begin is the first to end: one timer of the loop serves them all.

    Nearly all are stopped before their time, and a timer of the loop costs a request more than reading its head does.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._ends: dict[Timed, float] = {}
        self._next: asyncio.TimerHandle | None = None

    def start(self, timed: Timed) -> None:
        """Begins to time this, or begins anew."""
        loop = asyncio.get_running_loop()
        self._ends.pop(timed, None)
        self._ends[timed] = end = loop.time() + self.seconds
        if self._next is None:
            self._next = loop.call_at(end, self._look)

    def stop(self, timed: Timed) -> None:
        """Lets it have all the time that it wants."""
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
