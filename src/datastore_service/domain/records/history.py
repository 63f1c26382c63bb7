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

    async def changed_since(self, collection: str, at: datetime, limit: int) -> Sequence[UUID]:
        """Returns the ids of up to so many records and tombstones of a collection that were changed after the time.

        They are in their order: whoever locks them in it waits for nobody who does the same.
        """
        ...
