"""Until when the past can no longer change."""

from datetime import datetime
from typing import Protocol


class ClosedTime(Protocol):
    """Closes the past: a time that is closed has the same answer whenever it is asked for."""

    async def close(self, at: datetime) -> int:
        """Returns once no change can become visible any more whose time is this one or earlier.

        A time that was closed before costs nothing. A recent one waits for the transactions that may still write at
        it, for a bounded time.

        Args:
            at: A time that has come.

        Returns:
            The position in the primary's log that a reader has to see for all changes until then; see `freshness`.

        Raises:
            AsOfNotSettled: Transactions that may write at this time are still under way.
            StoreUnavailable: The store cannot be reached.
        """
        ...
