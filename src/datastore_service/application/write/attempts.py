"""Attempts at a command: what one rests on may change under it, and then the command is carried out again."""

from contextvars import ContextVar, Token
from datetime import datetime
from typing import Final, Self


class WriteConflict(Exception):
    """A unit of work without locks rests on what has changed meanwhile; nothing of it was kept."""


class NeedsLocks(WriteConflict):
    """A unit of work wants something that it can only have with locks; nothing of it was kept."""


class Attempts:
    """The attempts at one command, which are made inside.

    Attributes:
        lockless: Whether the next unit of work may do without locks, if the store can.
        not_before: The changes of the next attempt have this time or a later one.
    """

    __slots__ = ("_before", "lockless", "not_before")

    _before: "Token[Attempts | None]"

    def __init__(self) -> None:
        self.lockless = False
        self.not_before: datetime | None = None

    def __enter__(self) -> Self:
        self._before = _attempts.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        _attempts.reset(self._before)


_attempts: Final[ContextVar[Attempts | None]] = ContextVar("attempts", default=None)


def current_attempts() -> Attempts | None:
    """Returns the attempts at the command that is being carried out, if it can be carried out again."""
    return _attempts.get()


def may_do_without_locks() -> bool:
    """Tells a store that begins a transaction whether that may raise `Superseded`; true once in an attempt."""
    attempts = _attempts.get()
    if attempts is None or not attempts.lockless:
        return False
    attempts.lockless = False
    return True
