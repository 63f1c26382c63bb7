"""Create a record."""

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from datastore_service.application.large_requests import computed_if, is_large_request
from datastore_service.application.messages import Command
from datastore_service.application.ports.clock import Clock
from datastore_service.application.ports.identifiers import IdGenerator
from datastore_service.application.views import RecordView
from datastore_service.application.write.ports.unit_of_work import UnitOfWorkFactory
from datastore_service.application.write.schema_validation import SchemaValidator
from datastore_service.domain.records.content import GivenContent
from datastore_service.domain.records.record import Record
from datastore_service.domain.records.values import DEFAULT_COLLECTION


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateRecord(Command[RecordView], GivenContent):
    """Create a record, and its collection if that is new."""

    id: UUID | None = None
    collection: str = DEFAULT_COLLECTION


@dataclass(frozen=True, slots=True)
class CreateRecordHandler:
    """Adds a new record. Refuses an id that was used before, since clients may still hold ETags of the old record."""

    unit_of_work: UnitOfWorkFactory
    clock: Clock
    schema_validator: SchemaValidator
    ids: IdGenerator

    async def handle(self, command: CreateRecord) -> RecordView:
        async with self.unit_of_work() as work:
            # Inside the unit of work, so that the clock returns the unit of work's time.
            record = await computed_if(is_large_request(), partial(self.new, command))
            await self.schema_validator.check(record, work)
            await work.records.add(record)
            await work.commit()
        return RecordView.of(record)

    def new(self, command: CreateRecord) -> Record:
        """Returns the record that the command makes. It is not stored yet.

        Raises:
            InvalidValue: It breaks a rule.
        """
        return Record.create(
            command.id or self.ids.new_id(), command, collection=command.collection, at=self.clock.now()
        )
