"""The one time that all changes of a unit of work have (adr/0042)."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from datastore_service.application.errors import StoreUnavailable
from datastore_service.application.ports.clock import Clock
from datastore_service.application.write.attempts import Attempts
from datastore_service.domain.records.record import Record
from datastore_service.domain.records.repository import RecordRepository


class Moment:
    """The time of a unit of work: not before the last change of any record that the unit of work has read.

    The times of a record's versions never go back. So if the unit of work reads a record whose last change is later
    than the unit's time, the time moves forward to that change. Such a record exists if another process has a clock
    that is ahead, or has changed the record while this unit of work waited for its lock. Once a change is saved, the
    time is fixed. If a change then has the wrong time, `save` raises, and the next attempt begins with a later time.
    """

    def __init__(self, began_at: datetime | None, attempts: Attempts | None) -> None:
        self._attempts = attempts
        self._read_until = attempts.not_before if attempts else None
        self._at = None if began_at is None else _later(began_at, self._read_until)
        self._is_saved = False
        self._is_moved = False

    def at(self, clock: Clock) -> datetime:
        """Returns the time. The first call takes it from the clock; later, only reading a record can move it."""
        if self._at is None:
            self._at = _later(clock.now(), self._read_until)
        return self._at

    def read(self, record: Record) -> None:
        """Moves the time forward to the last change of a record that was read, if that is later."""
        if self._at is not None and record.updated_at <= self._at:
            return
        self._read_until = _later(record.updated_at, self._read_until)
        if self._at is not None and not self._is_saved:
            self._at, self._is_moved = record.updated_at, True

    def save(self, record: Record) -> None:
        """Takes note of a record that is about to be saved.

        Raises:
            StoreUnavailable: A change has a time other than the unit's, since a record was read after the time was
                taken. `gave_way` is true, so that `RetryOnConflict` tries again.
        """
        self._is_saved = True
        for change in record.events:
            if change.at != self._at:
                self._compare(change.at)

    def _compare(self, other: datetime) -> None:
        if self._at is None or self._read_until is None:
            return
        # Any other difference has another cause: the handler did not take the time of the change from the clock.
        if other <= self._read_until if other > self._at else self._is_moved:
            if self._attempts is not None:
                self._attempts.not_before = self._read_until
            raise StoreUnavailable("Others have changed the same records meanwhile.", gave_way=True)


class RecordsOfOneMoment:
    """Records whose changes all have the time of their unit of work."""

    def __init__(self, records: RecordRepository, moment: Moment) -> None:
        self._records = records
        self._moment = moment

    async def get(self, record_id: UUID) -> Record | None:
        record = await self._records.get(record_id)
        if record is not None:
            self._moment.read(record)
        return record

    async def add(self, record: Record) -> None:
        self._moment.save(record)
        await self._records.add(record)

    async def save(self, record: Record) -> None:
        self._moment.save(record)
        await self._records.save(record)

    async def get_all(self, record_ids: Collection[UUID]) -> Mapping[UUID, Record]:
        records = await self._records.get_all(record_ids)
        for record in records.values():
            self._moment.read(record)
        return records

    async def add_all(self, records: Sequence[Record]) -> Collection[UUID]:
        for record in records:
            self._moment.save(record)
        return await self._records.add_all(records)

    async def save_all(self, records: Sequence[Record]) -> None:
        for record in records:
            self._moment.save(record)
        await self._records.save_all(records)


def _later(one: datetime, other: datetime | None) -> datetime:
    return one if other is None else max(one, other)
