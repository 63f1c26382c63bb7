"""Statements that are kept for those who ask for the like."""

from collections.abc import Callable
from functools import lru_cache
from typing import Final

_KEPT: Final = 512
_KEPT_LONG: Final = 16
"""One with a thousand comparisons takes three megabytes."""


class StatementCache[*Keys, Made]:
    """Keeps what was made last: many of those that are short, and few of those that are long."""

    def __init__(self, make: Callable[[*Keys], Made]) -> None:
        """Makes an empty one; what is made depends on nothing but the keys, which are hashable."""
        self._short: Callable[[*Keys], Made] = lru_cache(_KEPT)(make)
        self._long: Callable[[*Keys], Made] = lru_cache(_KEPT_LONG)(make)

    def get(self, *keys: *Keys, is_long: bool) -> Made:
        """Returns what is made of these keys."""
        return self._long(*keys) if is_long else self._short(*keys)
