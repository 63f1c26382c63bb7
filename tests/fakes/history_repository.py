"""What records were, as a unit of work in memory sees it, and how it is given up."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING
from uuid import UUID

from datastore_service.domain.records.events import RecordChanged
from tests.fakes.log import LoggedChange

if TYPE_CHECKING:
    from tests.fakes.store import InMemoryRecordRepository, InMemoryStore


class InMemoryHistoryRepository:
    """Reads what has been committed, and what the unit of work has changed."""

    def __init__(self, store: "InMemoryStore", records: "InMemoryRecordRepository") -> None:
        self._store = store
        self._records = records
        self.purged: list[LoggedChange] = []
        self.horizons: dict[str, datetime] = {}

    async def at_version(self, record_id: UUID, version: int) -> RecordChanged | None:
        found = [each for each in self._changes() if (each.record_id, each.version) == (record_id, version)]
        return found[0] if found else None

    async def as_of(self, record_ids: Collection[UUID], at: datetime) -> Mapping[UUID, RecordChanged]:
        return {each.record_id: each for each in self._changes() if each.record_id in record_ids and each.at <= at}

    async def changed_since(self, collection: str, at: datetime, limit: int) -> Sequence[UUID]:
        found = {each.record_id for each in self._changes() if each.collection == collection and each.at > at}
        return sorted(found)[:limit]

    async def horizon(self, collection: str) -> datetime | None:
        return self._store.horizons.get(collection)

    async def purge_tombstones(self, deleted_before: datetime, limit: int) -> int:
        await self._records.take_the_turn()
        gone = [
            record
            for record in self._store.records.values()
            if record.deleted_at and record.deleted_at < deleted_before
            if not any(is_awaited(self._store, each) for each in self._store.log if each.change.record_id == record.id)
        ][:limit]
        for record in gone:
            self.purged += [logged for logged in self._store.log if logged.change.record_id == record.id]
            self._move_horizon(record.collection, record.updated_at)
        return len(gone)

    async def purge_revisions(
        self, collection: str, kept: int | None, ended_before: datetime | None, limit: int
    ) -> int:
        await self._records.take_the_turn()
        found = surplus(self._store, collection, kept, ended_before)
        gone = [each for each in found if not is_awaited(self._store, each[0])][:limit]
        for logged, ended in gone:
            self.purged.append(logged)
            self._move_horizon(collection, ended)
        return len(gone)

    def commit(self) -> None:
        """Lets what is purged go from the store."""
        left = [logged for logged in self._store.log if logged not in self.purged]
        if self.purged:
            self._store.log[:] = left
            known = {logged.change.record_id for logged in left}
            self._store.records = {key: record for key, record in self._store.records.items() if key in known}
        self._store.horizons |= self.horizons

    def _changes(self) -> list[RecordChanged]:
        return [*(logged.change for logged in self._store.log), *self._records.events]

    def _move_horizon(self, collection: str, to: datetime) -> None:
        since = self.horizons.get(collection) or self._store.horizons.get(collection)
        self.horizons[collection] = max(to, since) if since else to


def is_awaited(store: "InMemoryStore", logged: LoggedChange) -> bool:
    """Tells whether a consumer or a webhook has yet to get a change."""
    places = [place for tell in store.places for place in tell()]
    return any(
        collection in {None, logged.change.collection}
        and not position.seen.sees(logged.xid)
        and not (position.reading and position.reading.sees(logged.xid) and logged.seq <= position.seq)
        for position, collection in places
    )


def surplus(
    store: "InMemoryStore", collection: str, kept: int | None, ended_before: datetime | None
) -> Sequence[tuple[LoggedChange, datetime]]:
    """Returns the revisions that are to be given up, each with the time when the next took its place."""
    found: list[tuple[LoggedChange, datetime]] = []
    for record in store.records.values():
        history = [logged for logged in store.log if logged.change.record_id == record.id]
        for logged, following in pairwise(history if record.collection == collection else []):
            too_many = kept is not None and logged.change.version <= record.version - kept
            too_old = ended_before is not None and following.change.at <= ended_before
            if too_many or too_old:
                found.append((logged, following.change.at))
    return found
