"""A cache of prepared statements."""

from collections.abc import Callable
from functools import lru_cache, partial
from typing import Final

from datastore_service.application.large_requests import computed

_KEPT: Final = 512
_KEPT_LONG: Final = 16
"""How many long statements are kept; one with a thousand comparisons takes three megabytes."""


class StatementCache[*Keys, Made]:
    """Keeps the most recently used statements: many short ones, and few long ones."""

    def __init__(self, make: Callable[[*Keys], Made]) -> None:
        """Makes an empty cache; a statement depends on nothing except its hashable keys."""
        self._short: Callable[[*Keys], Made] = lru_cache(_KEPT)(make)
        self._long: Callable[[*Keys], Made] = lru_cache(_KEPT_LONG)(make)

    def short(self, *keys: *Keys) -> Made:
        """Returns the statement for these keys."""
        return self._short(*keys)

    async def long(self, *keys: *Keys) -> Made:
        """Returns a long statement for these keys. With a thousand comparisons it takes half a second to compile."""
        return await computed(partial(self._long, *keys))
