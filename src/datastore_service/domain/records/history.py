"""What records were, as the write side sees it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from datastore_service.domain.records.events import RecordChanged


class HistoryRepository(Protocol):
    """The log as one unit of work sees it, its own changes included."""

    async def at_version(self, record_id: UUID, version: int) -> RecordChanged | None:
        """Returns the change that has made this version of the record; None if it is not there, or not any more."""
        ...

    async def as_of(self, record_ids: Collection[UUID], at: datetime) -> Mapping[UUID, RecordChanged]:
        """Returns for each of the records the last change until the time; those that there was none of are left out."""
        ...

    async def horizon(self, collection: str) -> datetime | None:
        """Returns since when the history of the collection is whole; None is from the beginning."""
        ...

    async def purge_tombstones(self, deleted_before: datetime, limit: int) -> int:
        """Removes up to so many records that were deleted before the time, with all that they were.

        Those that another unit of work has locked are passed over, and those with a change that a consumer or a webhook
        has yet to get. Returns how many were removed.
        """
        ...

    async def purge_revisions(
        self, collection: str, kept: int | None, ended_before: datetime | None, limit: int
    ) -> int:
        """Removes up to so many revisions of the collection's records, the oldest of each record first.

        Args:
            collection: Its name.
            kept: How many of each record stay; None is no reason to remove any.
            ended_before: Those go that another version had taken the place of by then; None removes none for it.
            limit: The largest number.

        Returns:
            How many were removed. The newest of a record never is, nor what a consumer or a webhook has yet to get.
        """
        ...

    async def changed_since(self, collection: str, at: datetime, limit: int) -> Sequence[UUID]:
        """Returns the ids of up to so many records and tombstones of a collection that were changed after the time.

        They are in their order: units of work that lock them in it do not deadlock.
        """
        ...
