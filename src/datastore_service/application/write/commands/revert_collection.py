"""Make the records of a collection again what they were at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from datastore_service.application.limits import Limits
from datastore_service.application.messages import LockingCommand
from datastore_service.application.ports.clock import Clock
from datastore_service.application.write.link_cascade import cascade_links
from datastore_service.application.write.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from datastore_service.application.write.schema_validation import SchemaValidator
from datastore_service.domain.errors import CollectionNotFound, HistoryExpired, TooManyReverted
from datastore_service.domain.preconditions import ANY_STATE, Precondition
from datastore_service.domain.records.events import RecordChanged
from datastore_service.domain.records.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class RevertedRecord:
    """What the command did to one record, or would do in a dry run.

    Attributes:
        operation: `delete` if the record did not exist at the time, otherwise `revert`.
        version: The new version of the record.
        to_version: The version whose content the record has again; None if it is deleted.
    """

    id: UUID
    operation: Literal["revert", "delete"]
    version: int
    to_version: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RevertCollection(LockingCommand[list[RevertedRecord]]):
    """Revert all records of a collection to a time, each as a new version, or only report which ones would change."""

    name: str
    as_of: datetime
    dry_run: bool = False
    precondition: Precondition = ANY_STATE


@dataclass(frozen=True, slots=True)
class RevertCollectionHandler:
    """Locks the collection, so that no record is added meanwhile, and each record that was changed since the time.

    The behaviour `CheckAsOf` has closed the time before (adr/0067), so no change at or before it can still appear.
    """

    unit_of_work: UnitOfWorkFactory
    clock: Clock
    schema_validator: SchemaValidator
    limits: Limits

    async def handle(self, command: RevertCollection) -> list[RevertedRecord]:
        async with self.unit_of_work() as work:
            collection = await work.collections.get(command.name)
            if collection is None:
                raise CollectionNotFound(command.name)
            collection.expect(command.precondition)
            reverted = [
                one
                for record, then in await self._changed(command, work)
                if (one := await self._reverted(record, then, work, dry_run=command.dry_run))
            ]
            await work.commit()
        return reverted

    async def _changed(
        self, command: RevertCollection, work: UnitOfWork
    ) -> Sequence[tuple[Record, RecordChanged | None]]:
        most = self.limits.batch_operations
        ids = await work.history.changed_since(command.name, command.as_of, most + 1)
        if len(ids) > most:
            raise TooManyReverted(command.name, most)
        records = (await work.records.get_all(ids)).values()
        then = await work.history.as_of(ids, command.as_of)
        deleted = [one for one in ids if (was := then.get(one)) is None or was.operation == "delete"]
        if deleted and not command.dry_run:
            # After all records and in one order, as a batch does (adr/0050).
            await work.links.hold(deleted, [])
        # Read last: the horizon shows a purge before this point, and a later purge removes only what was read already.
        horizon = await work.history.horizon(command.name)
        if horizon is not None and command.as_of < horizon:
            raise HistoryExpired(f"the collection {command.name!r}", horizon)
        return [(record, then.get(record.id)) for record in records]

    async def _reverted(
        self, record: Record, then: RecordChanged | None, work: UnitOfWork, *, dry_run: bool
    ) -> RevertedRecord | None:
        if then is None or then.operation == "delete":
            if record.deleted_at is not None:
                return None
            record.delete(at=self.clock.now())
            if not dry_run:
                await cascade_links(record.id, work, self.limits)
                await work.records.save(record)
            return RevertedRecord(id=record.id, operation="delete", version=record.version, to_version=None)
        if record.deleted_at is None and record.content.is_same(then.content):
            return None
        record.revert(then, at=self.clock.now())
        await self.schema_validator.check(record, work)
        if not dry_run:
            await work.records.save(record)
        return RevertedRecord(id=record.id, operation="revert", version=record.version, to_version=then.version)
