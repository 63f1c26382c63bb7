"""Counts the commits of a request, so that a timeout can say what was persisted."""

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final


@dataclass(slots=True)
class Commits:
    """Counts the transactions that were committed since it was made."""

    made: int = 0


_current: Final[ContextVar[Commits | None]] = ContextVar("commits", default=None)


def count_commits() -> Commits:
    """Begins to count what is committed in this context, and in the tasks that it starts."""
    commits = Commits()
    _current.set(commits)
    return commits


def note_commit() -> None:
    """Counts one more commit, if `count_commits` was called in this context."""
    if commits := _current.get():
        commits.made += 1
