"""The log of changes."""

from typing import Protocol

from datastore_service.application.feed.change import LogSegment
from datastore_service.application.feed.consumer import Lag
from datastore_service.application.position import Position


class ChangeLog(Protocol):
    """Reads the log. Each change is in exactly one stretch after a place, and a record's versions are in order."""

    async def start(self) -> Position:
        """Returns the place before the first change.

        Raises:
            StoreUnavailable: The store cannot be reached.
        """
        ...

    async def end(self) -> Position:
        """Returns the place behind all that is committed now.

        Raises:
            StoreUnavailable: The store cannot be reached.
        """
        ...

    async def after(self, position: Position, collection: str | None, limit: int) -> LogSegment:
        """Returns what comes after the place: up to so many changes of one collection, or of all.

        Raises:
            CursorExpired: The place is of another epoch of the log.
            StoreUnavailable: The store cannot be reached.
        """
        ...

    async def lag(self, position: Position, collection: str | None, most: int) -> Lag:
        """Returns how much of one collection, or of all, comes after the place, counting no further than to `most`.

        Raises:
            CursorExpired: The place is of another epoch of the log.
            StoreUnavailable: The store cannot be reached.
        """
        ...
