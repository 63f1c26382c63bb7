"""Create or replace a record under a given id."""

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from datastore_service.application.large_requests import computed_if, is_large_request
from datastore_service.application.messages import Command
from datastore_service.application.ports.clock import Clock
from datastore_service.application.views import RecordView
from datastore_service.application.write.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from datastore_service.application.write.schema_validation import SchemaValidator
from datastore_service.domain.errors import RecordExists
from datastore_service.domain.preconditions import ANY_STATE, Precondition
from datastore_service.domain.records.content import GivenContent
from datastore_service.domain.records.record import Record
from datastore_service.domain.records.values import DEFAULT_COLLECTION


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplacedRecord:
    """The record as it is now, and whether there was none before."""

    record: RecordView
    created: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceRecord(Command[ReplacedRecord], GivenContent):
    """Replace the content of a record, or create the record if it does not exist."""

    id: UUID
    collection: str | None = None
    precondition: Precondition = ANY_STATE


@dataclass(frozen=True, slots=True)
class ReplaceRecordHandler:
    """Replaces or creates a record. Over a tombstone, versions go on counting, so that no ETag names two contents."""

    unit_of_work: UnitOfWorkFactory
    clock: Clock
    schema_validator: SchemaValidator

    async def handle(self, command: ReplaceRecord) -> ReplacedRecord:
        async with self.unit_of_work() as work:
            replaced = await self._replace(command, work) or await self._create(command, work)
            # `_create` returns None if another request has just created the record; then replace that one.
            replaced = replaced or await self._replace(command, work)
            if replaced is None:
                raise RecordExists(command.id)
            await work.commit()
        return replaced

    async def _replace(self, command: ReplaceRecord, work: UnitOfWork) -> ReplacedRecord | None:
        record = await work.records.get(command.id)
        if record is None:
            return None
        was_deleted = record.deleted_at is not None
        record.expect(command.precondition)
        record.expect_in(command.collection)
        await computed_if(is_large_request(), partial(record.replace, command, at=self.clock.now()))
        await self.schema_validator.check(record, work)
        await work.records.save(record)
        return ReplacedRecord(record=RecordView.of(record), created=was_deleted)

    async def _create(self, command: ReplaceRecord, work: UnitOfWork) -> ReplacedRecord | None:
        command.precondition.check("Record", command.id, None)
        collection = DEFAULT_COLLECTION if command.collection is None else command.collection
        create = partial(Record.create, command.id, command, collection=collection, at=self.clock.now())
        record = await computed_if(is_large_request(), create)
        await self.schema_validator.check(record, work)
        try:
            await work.records.add(record)
        except RecordExists:
            return None
        return ReplacedRecord(record=RecordView.of(record), created=True)
