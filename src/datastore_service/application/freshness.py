"""How current a read has to be: a read replica may lag behind the primary."""

from contextvars import ContextVar, Token
from typing import Final

from datastore_service.application.request_context import current_context

NOTHING: Final = 0
EVERYTHING: Final = 2**64
"""More than any position in the write-ahead log, which has 64 bits: only the primary has it."""


class SeenUntil:
    """All reads inside have to see the primary's log up to this position, or up to a later one of an outer context."""

    __slots__ = ("_around", "_before", "position")

    _before: "Token[SeenUntil | None]"

    def __init__(self, position: int) -> None:
        self.position = position

    def __enter__(self) -> None:
        self._around = _current.get()
        if self._around is not None:
            self.position = max(self.position, self._around.position)
        self._before = _current.set(self)

    def __exit__(self, *_: object) -> None:
        _current.reset(self._before)

    def see(self, position: int) -> None:
        """Has the reads that come, here and around, see the log until this position."""
        self.position = max(self.position, position)
        if self._around is not None:
            self._around.see(position)


_current: Final[ContextVar[SeenUntil | None]] = ContextVar("what reads have to see", default=None)


def needed_position() -> int:
    """Returns the position in the primary's log that a read has to see: `NOTHING`, `EVERYTHING`, or one between.

    A read after a command of the same request has to see everything, so that it sees what the command wrote.
    """
    writes = current_context().writes
    if writes is not None and writes.made:
        return EVERYTHING
    seen = _current.get()
    return NOTHING if seen is None else seen.position


def reads_follow() -> bool:
    """Tells whether later reads of the same question have to see no less than the one that is made now."""
    return _current.get() is not None


def note_read_until(position: int) -> None:
    """Has later reads of the same question see no less than this one, which may have seen what was purged just now.

    Args:
        position: Until where this one has seen the primary's log at most; `EVERYTHING` if it was read on the primary.
    """
    seen = _current.get()
    if seen is not None:
        seen.see(position)
