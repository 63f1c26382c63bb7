"""Chooses how many changes are read at once, given that their sizes are unknown."""

from collections.abc import Sequence
from typing import Final

from datastore_service.application.feed.change import LogEntry

_FIRST: Final = 8


def text_of(entries: Sequence[LogEntry]) -> int:
    """Returns how many characters the payloads have together."""
    return sum(len(entry.change.payload) for entry in entries)


class BatchSizer:
    """Begins with few changes, and approaches the number whose payloads have so many characters together."""

    def __init__(self, characters: int) -> None:
        self._characters = characters
        self._many = _FIRST

    def many(self, most: int) -> int:
        """Returns how many to ask for, and no more than `most`."""
        return min(most, self._many)

    def took(self, entries: Sequence[LogEntry]) -> None:
        """Learns from those that came: the next may be twice as many, but only if there is room for so many."""
        size = text_of(entries)
        if size:
            self._many = max(1, min(2 * self._many, self._characters * len(entries) // size))
