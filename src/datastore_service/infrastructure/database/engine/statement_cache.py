"""A cache of prepared statements."""

from collections.abc import Callable
from functools import lru_cache
from typing import Final

_KEPT: Final = 512
_KEPT_LONG: Final = 16
"""How many long statements are kept; one with a thousand comparisons takes three megabytes."""


class StatementCache[*Keys, Made]:
    """Keeps the most recently used statements: many short ones, and few long ones."""

    def __init__(self, make: Callable[[*Keys], Made]) -> None:
        """Makes an empty cache; a statement depends on nothing except its hashable keys."""
        self._short: Callable[[*Keys], Made] = lru_cache(_KEPT)(make)
        self._long: Callable[[*Keys], Made] = lru_cache(_KEPT_LONG)(make)

    def get(self, *keys: *Keys, is_long: bool) -> Made:
        """Returns the statement for these keys."""
        return self._long(*keys) if is_long else self._short(*keys)
