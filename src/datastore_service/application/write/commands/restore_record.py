"""Bring a deleted record back."""

from dataclasses import dataclass
from uuid import UUID

from datastore_service.application.messages import Command
from datastore_service.application.ports.clock import Clock
from datastore_service.application.views import RecordView
from datastore_service.application.write.ports.unit_of_work import UnitOfWorkFactory
from datastore_service.application.write.schema_validation import SchemaValidator
from datastore_service.domain.errors import RecordNotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class RestoreRecord(Command[RecordView]):
    """Restore a deleted record as a new version, without its former links."""

    id: UUID
    collection: str | None = None
    """A record in another collection is not found; None is any."""


@dataclass(frozen=True, slots=True)
class RestoreRecordHandler:
    """Turns a tombstone into a record again, if its payload still fits the schema of its collection."""

    unit_of_work: UnitOfWorkFactory
    clock: Clock
    schema_validator: SchemaValidator

    async def handle(self, command: RestoreRecord) -> RecordView:
        async with self.unit_of_work() as work:
            record = await work.records.get(command.id)
            if record is None or not record.is_in(command.collection):
                raise RecordNotFound(command.id)
            record.restore(at=self.clock.now())
            await self.schema_validator.check(record, work)
            await work.records.save(record)
            await work.commit()
        return RecordView.of(record)
