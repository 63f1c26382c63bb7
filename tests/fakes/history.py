"""What records were, from the log in memory."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from datastore_service.application.read.history import RevisionCursor, RevisionView
from datastore_service.application.read.pagination import Page
from datastore_service.application.read.ports.history import KeptPlace, Purgeable
from datastore_service.application.views import RecordView, content_members
from datastore_service.domain.errors import HistoryExpired, RecordDeleted, RecordNotFound, RevisionNotFound
from datastore_service.domain.records.events import RecordChanged
from tests.fakes.history_repository import is_awaited, surplus
from tests.fakes.log import LoggedChange
from tests.fakes.store import InMemoryStore


@dataclass(frozen=True, slots=True)
class InMemoryHistoryReader:
    """Reads what has been committed."""

    store: InMemoryStore

    async def revisions(
        self, record_ids: Collection[UUID], limit: int, after: RevisionCursor | None
    ) -> Mapping[UUID, Page[RevisionView]]:
        return {
            record_id: self._page(record_id, limit, after)
            for record_id in record_ids
            if record_id in self.store.records
        }

    async def at_version(self, record_id: UUID, version: int) -> RecordView:
        changes = self._changes(record_id)
        for logged in changes:
            if logged.change.version == version:
                return self._record(logged.change)
        if 1 <= version <= changes[-1].change.version:
            raise HistoryExpired(record_id, changes[0].change.at)
        raise RevisionNotFound(record_id, version)

    async def as_of(self, record_id: UUID, at: datetime) -> RecordView:
        changes = self._changes(record_id)
        until = [logged for logged in changes if logged.change.at <= at]
        if until:
            return self._record(until[-1].change)
        if at < self.store.records[record_id].created_at:
            raise RecordNotFound(record_id)
        raise HistoryExpired(record_id, changes[0].change.at)

    async def horizon(self, collection: str | None) -> datetime | None:
        horizons = self.store.horizons
        return max(horizons.values(), default=None) if collection is None else horizons.get(collection)

    async def purgeable(self, deleted_before: datetime | None, now: datetime, kept: Sequence[KeptPlace]) -> Purgeable:
        assert sorted(map(str, kept)) == sorted(str(place) for tell in self.store.places for place in tell())
        old = [
            any(is_awaited(self.store, each) for each in self._changes(record.id))
            for record in self.store.records.values()
            if record.deleted_at and deleted_before and record.deleted_at < deleted_before
        ]
        given_up = {
            name: [
                is_awaited(self.store, logged)
                for logged, _ in surplus(self.store, name, kept_of.revisions, kept_of.ended_before(now))
            ]
            for name, collection in sorted(self.store.collections.items())
            if (kept_of := collection.retention)
        }
        return Purgeable(
            tombstones=old.count(False),
            revisions={name: held.count(False) for name, held in given_up.items() if held.count(False)},
            held_tombstones=old.count(True),
            held_revisions=sum(held.count(True) for held in given_up.values()),
        )

    def _changes(self, record_id: UUID) -> list[LoggedChange]:
        if record_id not in self.store.records:
            raise RecordNotFound(record_id)
        return [logged for logged in self.store.log if logged.change.record_id == record_id]

    def _record(self, change: RecordChanged) -> RecordView:
        if change.operation == "delete":
            raise RecordDeleted(change.record_id)
        return RecordView(
            id=change.record_id,
            collection=change.collection,
            version=change.version,
            created_at=self.store.records[change.record_id].created_at,
            updated_at=change.at,
            deleted_at=None,
            **content_members(change.content),
        )

    def _page(self, record_id: UUID, limit: int, after: RevisionCursor | None) -> Page[RevisionView]:
        newest_first = [
            logged
            for logged in reversed(self._changes(record_id))
            if after is None or logged.change.version < after.version
        ]
        before = [*map(_revision, newest_first[1:]), None]
        found = [_revision(logged, older) for logged, older in zip(newest_first, before, strict=False)]
        return Page(items=found[:limit], has_next=len(found) > limit, has_previous=after is not None)


def _revision(logged: LoggedChange, before: RevisionView | None = None) -> RevisionView:
    change = logged.change
    return RevisionView(
        record_id=change.record_id,
        collection=change.collection,
        version=change.version,
        operation=change.operation,
        actor=logged.actor,
        correlation_id=logged.correlation_id,
        at=change.at,
        before=before,
        **content_members(change.content),
    )
