"""Change a record in part."""

from dataclasses import dataclass
from functools import partial
from uuid import UUID

from datastore_service.application.large_requests import LARGE_TEXT, computed_if, is_large_request
from datastore_service.application.messages import Command
from datastore_service.application.ports.clock import Clock
from datastore_service.application.views import RecordView
from datastore_service.application.write.ports.unit_of_work import UnitOfWorkFactory
from datastore_service.application.write.schema_validation import SchemaValidator
from datastore_service.domain.errors import RecordNotFound
from datastore_service.domain.preconditions import ANY_STATE, Precondition
from datastore_service.domain.records.patches import Patch


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchRecord(Command[RecordView]):
    """Change a record in part."""

    id: UUID
    patch: Patch
    precondition: Precondition = ANY_STATE
    collection: str | None = None
    """A record in another collection is not found; None is any."""


@dataclass(frozen=True, slots=True)
class PatchRecordHandler:
    """Applies a patch to the document of a record's content."""

    unit_of_work: UnitOfWorkFactory
    clock: Clock
    schema_validator: SchemaValidator

    async def handle(self, command: PatchRecord) -> RecordView:
        async with self.unit_of_work() as work:
            record = await work.records.get(command.id)
            if record is None or not record.is_in(command.collection):
                raise RecordNotFound(command.id)
            patch = partial(record.patch, command.patch, precondition=command.precondition, at=self.clock.now())
            await computed_if(is_large_request() or record.content.text_size > LARGE_TEXT, patch)
            await self.schema_validator.check(record, work)
            await work.records.save(record)
            await work.commit()
        return RecordView.of(record)
