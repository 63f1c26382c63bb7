"""Attempts at a command. If another client changes what an attempt has read, the command is carried out again."""

from contextvars import ContextVar, Token
from datetime import datetime
from typing import Final, Self


class WriteConflict(Exception):
    """Another client has changed what a unit of work without locks has read. None of its changes were kept."""


class NeedsLocks(WriteConflict):
    """A unit of work asked for something that needs locks. None of its changes were kept."""


class Attempts:
    """A context manager around all attempts at one command. `RetryOnConflict` enters it.

    Attributes:
        lockless: Whether the next unit of work may run without locks, if the store supports that.
        not_before: The earliest time that the changes of the next attempt may have.
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
    """Returns the attempts at the current command; None if `RetryOnConflict` does not surround it."""
    return _attempts.get()


def may_do_without_locks() -> bool:
    """Tells a store whether the transaction that it begins may raise `WriteConflict`; true once for each attempt."""
    attempts = _attempts.get()
    if attempts is None or not attempts.lockless:
        return False
    attempts.lockless = False
    return True
