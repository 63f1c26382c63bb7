"""Attempts at a command without locks: what it rests on may change under it, and then it is carried out again."""

from contextvars import ContextVar, Token
from typing import Final


class Superseded(Exception):
    """A unit of work without locks rests on what has changed meanwhile; nothing of it was kept."""


class LocksNeeded(Superseded):
    """A unit of work wants something that it can only have with locks; nothing of it was kept."""


class LocklessAttempt:
    """Lets the first unit of work that is opened inside do without locks, if the store can."""

    __slots__ = ("_before", "lockless")

    _before: "Token[LocklessAttempt | None]"

    def __init__(self) -> None:
        self.lockless = True

    def __enter__(self) -> None:
        self._before = _attempt.set(self)

    def __exit__(self, *_: object) -> None:
        _attempt.reset(self._before)


_attempt: Final[ContextVar[LocklessAttempt | None]] = ContextVar("attempt", default=None)


def may_do_without_locks() -> bool:
    """Tells a store that begins a transaction whether that may raise `Superseded`; true once in an attempt."""
    attempt = _attempt.get()
    if attempt is None or not attempt.lockless:
        return False
    attempt.lockless = False
    return True
