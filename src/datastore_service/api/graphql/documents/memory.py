"""A least-recently-used cache with a budget."""

from collections import OrderedDict
from collections.abc import Callable


class Memory[V]:
    """Values by key within a budget; each value is stored with its size.

    A listener is told for each look-up whether it was a hit.
    """

    def __init__(self, budget: int, looked_up: Callable[[bool], None] = lambda _found: None) -> None:
        self._budget = budget
        self._looked_up = looked_up
        self._used = 0
        self._values: OrderedDict[str, tuple[V, int]] = OrderedDict()

    def get(self, key: str) -> V | None:
        """Returns the value, and marks it as the most recently used; None if it is not there."""
        found = self._values.get(key)
        self._looked_up(found is not None)
        if found is None:
            return None
        self._values.move_to_end(key)
        return found[0]

    def put(self, key: str, value: V, size: int) -> None:
        """Stores a value, unless it is larger than the whole budget."""
        if size > self._budget:
            return
        _, freed = self._values.pop(key, (None, 0))
        self._values[key] = (value, size)
        self._used += size - freed
        while self._used > self._budget:
            _, (_, freed) = self._values.popitem(last=False)
            self._used -= freed
