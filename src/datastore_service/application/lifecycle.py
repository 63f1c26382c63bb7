"""Whether the service starts, serves or ends, for all who have to know (adr/0055)."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager
from enum import Enum


class Phase(Enum):
    """The phase of the service; the value completes a sentence that begins with "The service"."""

    STARTING = "is starting"
    SERVING = "serves"
    LEAVING = "is about to shut down"
    ENDING = "is shutting down"


class _Work:
    """Counts what is under way; one context for all of it, which many may be in at the same time."""

    def __init__(self, on_end: Callable[[], None]) -> None:
        self.under_way = 0
        self._on_end = on_end

    def __enter__(self) -> None:
        self.under_way += 1

    def __exit__(self, *_: object) -> None:
        self.under_way -= 1
        self._on_end()


class Lifecycle:
    """The phases of one process, and what is under way in it.

    It serves from the beginning unless `start` is called. It needs no event loop yet.
    """

    def __init__(self) -> None:
        self.phase = Phase.SERVING
        self.waits_for: str | None = None
        """What keeps it from serving, as a sentence, while it starts."""
        self._decided = asyncio.Event()
        self._drained = asyncio.Event()
        self._work = _Work(self._drain)
        self._at_end: list[Callable[[], None]] = []

    @property
    def serves(self) -> bool:
        """Whether requests are carried out."""
        return self.phase is Phase.SERVING or self.phase is Phase.LEAVING

    @property
    def problem(self) -> str | None:
        """Why no more requests should be sent here, as a sentence, if so."""
        if self.phase is Phase.SERVING:
            return None
        return f"The service {self.phase.value}{f': {self.waits_for}' if self.waits_for else '.'}"

    def start(self) -> None:
        """Says that what serving takes is not there yet."""
        self.phase = Phase.STARTING

    def wait_for(self, what: str) -> None:
        """Says that starting takes longer, and why."""
        self.waits_for = what
        self._decided.set()

    def open(self) -> None:
        """Says that all is there, unless the service ends already."""
        self.waits_for = None
        if self.phase is Phase.STARTING:
            self.phase = Phase.SERVING
        self._decided.set()

    async def decided(self) -> None:
        """Returns when it is known whether the service serves at once, or has to wait for something."""
        if self.phase is Phase.STARTING:
            await self._decided.wait()

    def leave(self) -> None:
        """Says that the service ends soon: it serves on, but asks to be sent nothing more."""
        if self.phase is Phase.SERVING:
            self.phase = Phase.LEAVING

    def end(self) -> None:
        """Says that nothing new is taken on; those who registered for it are told, once."""
        if self.phase is Phase.ENDING:
            return
        self.phase = Phase.ENDING
        self.waits_for = None
        self._decided.set()
        for close in self._at_end:
            close()
        self._drain()

    def at_end(self, close: Callable[[], None]) -> None:
        """Registers what is called when the service begins to end, such as the closing of streams."""
        self._at_end.append(close)

    def working(self) -> AbstractContextManager[None]:
        """Counts as under way what happens in the context."""
        return self._work

    async def drained(self) -> None:
        """Returns when the service ends and nothing is under way any more."""
        await self._drained.wait()

    def _drain(self) -> None:
        if self.phase is Phase.ENDING and not self._work.under_way:
            self._drained.set()
