"""A memory that forgets what was used longest ago."""

from collections import OrderedDict
from collections.abc import Callable


class Memory[V]:
    """Values by their keys, within a budget: each value is stored with its size.

    Who wants to know is told of each look-up whether it found something.
    """

    def __init__(self, budget: int, looked_up: Callable[[bool], None] = lambda _found: None) -> None:
        self._budget = budget
        self._looked_up = looked_up
        self._used = 0
        self._values: OrderedDict[str, tuple[V, int]] = OrderedDict()

    def get(self, key: str) -> V | None:
        """Returns the value, which is thereby the last to be forgotten, or None."""
        found = self._values.get(key)
        self._looked_up(found is not None)
        if found is None:
            return None
        self._values.move_to_end(key)
        return found[0]

    def put(self, key: str, value: V, size: int) -> None:
        """Stores a value; one that is larger than the whole budget is not."""
        if size > self._budget:
            return
        _, freed = self._values.pop(key, (None, 0))
        self._values[key] = (value, size)
        self._used += size - freed
        while self._used > self._budget:
            _, (_, freed) = self._values.popitem(last=False)
            self._used -= freed
