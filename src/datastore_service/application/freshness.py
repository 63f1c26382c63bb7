"""How much of what was written a read has to see: a replica may lag behind."""

from contextvars import ContextVar, Token
from typing import Final

from datastore_service.application.origin import current_origin

NOTHING: Final = 0
EVERYTHING: Final = 2**64
"""More than any position in the write-ahead log, which has 64 bits: only the primary has it."""

_position: Final[ContextVar[int]] = ContextVar("position that reads have to see", default=NOTHING)


def needed_position() -> int:
    """Returns the position in the primary's log that a read has to see: `NOTHING`, `EVERYTHING`, or one between.

    What reads after a command of the same request has to see everything, hence what the command wrote.
    """
    writes = current_origin().writes
    return EVERYTHING if writes is not None and writes.made else _position.get()


class SeenUntil:
    """Has all reads inside see the primary's log until this position, or until a later one that is needed around it."""

    __slots__ = ("_before", "_position")

    _before: Token[int]

    def __init__(self, position: int) -> None:
        self._position = position

    def __enter__(self) -> None:
        self._before = _position.set(max(self._position, _position.get()))

    def __exit__(self, *_: object) -> None:
        _position.reset(self._before)
