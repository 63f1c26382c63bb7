"""Where records are kept, as the write side sees it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol
from uuid import UUID

from datastore_service.domain.records.record import Record


class RecordRepository(Protocol):
    """The records of one unit of work. What has happened to them is appended to their history in the same breath."""

    async def get(self, record_id: UUID) -> Record | None:
        """Returns the record or tombstone with this id, or None if there never was one.

        It is locked: another unit of work that asks for the same record waits until this one has ended, and then sees
        what this one left.
        """
        ...

    async def add(self, record: Record) -> None:
        """Adds a new record, and its collection with it where that is new.

        Raises:
            RecordExists: A record or tombstone has the id. The unit of work goes on, and `get` now returns it.
        """
        ...

    async def save(self, record: Record) -> None:
        """Writes what has changed in a record that `get` returned in the same unit of work."""
        ...

    async def get_all(self, record_ids: Collection[UUID]) -> Mapping[UUID, Record]:
        """Returns those of the records and tombstones that there are, each locked as by `get`."""
        ...

    async def add_all(self, records: Sequence[Record]) -> Collection[UUID]:
        """Adds new records with different ids, and their collections with them.

        Returns:
            The ids that were taken, whose records are not added, and which `get_all` now returns. The others are.
        """
        ...

    async def save_all(self, records: Sequence[Record]) -> None:
        """Writes what has changed in records that `get_all` returned in the same unit of work."""
        ...
