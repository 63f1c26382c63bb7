"""Attempts at a command without locks: what it rests on may change under it, and then it is carried out again."""

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final


class Superseded(Exception):
    """A unit of work without locks rests on what has changed meanwhile; nothing of it was kept."""


class LocksNeeded(Superseded):
    """A unit of work wants something that it can only have with locks; nothing of it was kept."""


@dataclass(slots=True)
class _Attempt:
    lockless: bool = True


_attempt: Final[ContextVar[_Attempt | None]] = ContextVar("attempt", default=None)


@contextmanager
def without_locks() -> Generator[None]:
    """Lets the first unit of work that is opened inside do without locks, if the store can."""
    token = _attempt.set(_Attempt())
    try:
        yield
    finally:
        _attempt.reset(token)


def may_do_without_locks() -> bool:
    """Tells a store that begins a transaction whether that may raise `Superseded`; true once in an attempt."""
    attempt = _attempt.get()
    if attempt is None or not attempt.lockless:
        return False
    attempt.lockless = False
    return True
