"""Whether the store can serve."""

from typing import Protocol


class Readiness(Protocol):
    """Looks whether the store answers."""

    async def check(self) -> None:
        """Returns when the store has answered.

        Raises:
            StoreUnavailable: It has not.
        """
        ...
