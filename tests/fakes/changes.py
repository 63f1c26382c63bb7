"""The log of changes and its notifier, in memory."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from datastore_service.application.errors import CursorExpired
from datastore_service.application.feed.change import Change, LogEntry, LogSegment
from datastore_service.application.feed.consumer import Lag
from datastore_service.application.position import Position, Snapshot
from datastore_service.application.views import content_members
from tests.fakes.log import LoggedChange
from tests.fakes.store import InMemoryStore

_EPOCH: Final = 1


@dataclass(frozen=True, slots=True)
class InMemoryChangeLog:
    """Reads what has been committed."""

    store: InMemoryStore

    async def start(self) -> Position:
        return Position(epoch=_EPOCH, seen=Snapshot())

    async def end(self) -> Position:
        return Position(epoch=_EPOCH, seen=self._now())

    async def after(self, position: Position, collection: str | None, limit: int) -> LogSegment:
        _expect_epoch(position)
        if position.after is not None:
            return self._state(position, position.after, collection, limit)
        reading = position.reading or self._now()
        rows = [
            row
            for row in self.store.log
            if _comes_after(row, position) and reading.sees(row.xid) and collection in {None, row.change.collection}
        ]
        behind = Position(epoch=_EPOCH, seen=reading)
        is_whole = len(rows) < limit
        entries = [
            LogEntry(_change(row), Position(epoch=_EPOCH, seen=position.seen, reading=reading, seq=row.seq))
            for row in rows[:limit]
        ]
        if is_whole and entries:
            entries[-1] = LogEntry(entries[-1].change, behind)
        return LogSegment(
            entries=entries,
            position=behind if is_whole else entries[-1].position,
            is_last=is_whole and position.reading is None,
        )

    async def lag(self, position: Position, collection: str | None, most: int) -> Lag:
        _expect_epoch(position)
        left = [row for row in self.store.log if _comes_after(row, position)]
        times = [row.change.at for row in left if collection in {None, row.change.collection}][:most]
        return Lag(changes=len(times), oldest=min(times, default=None))

    def _now(self) -> Snapshot:
        return Snapshot(self.store.last_xid + 1)

    def _state(self, position: Position, after: UUID, collection: str | None, limit: int) -> LogSegment:
        latest = {row.change.record_id: row for row in self.store.log if position.seen.sees(row.xid)}
        ids = sorted(
            record.id
            for record in self.store.records.values()
            if record.id > after and collection in {None, record.collection}
        )[:limit]
        found = [latest[record_id] for record_id in ids if record_id in latest]
        entries = [
            LogEntry(_change(row, "snapshot"), Position(epoch=_EPOCH, seen=position.seen, after=row.change.record_id))
            for row in found
            if row.change.operation != "delete"
        ]
        behind = Position(epoch=_EPOCH, seen=position.seen, after=ids[-1] if len(ids) == limit else None)
        return LogSegment(entries=entries, position=behind, is_last=False)


def _expect_epoch(position: Position) -> None:
    if position.epoch != _EPOCH:
        raise CursorExpired


def _comes_after(row: LoggedChange, position: Position) -> bool:
    if position.seen.sees(row.xid):
        return False
    return position.reading is None or not position.reading.sees(row.xid) or row.seq > position.seq


def _change(row: LoggedChange, operation: str | None = None) -> Change:
    change = row.change
    return Change(
        record_id=change.record_id,
        collection=change.collection,
        version=change.version,
        operation=operation or change.operation,
        actor=row.actor,
        correlation_id=row.correlation_id,
        at=change.at,
        transaction=row.xid,
        **content_members(change.content),
    )
