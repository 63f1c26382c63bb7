"""Make a record hold again what it held at a version."""

from dataclasses import dataclass
from uuid import UUID

from datastore_service.application.messages import LockingCommand
from datastore_service.application.ports.clock import Clock
from datastore_service.application.views import RecordView
from datastore_service.application.write.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from datastore_service.application.write.schema_validation import SchemaValidator
from datastore_service.domain.errors import HistoryExpired, RecordNotFound, RevisionNotFound
from datastore_service.domain.preconditions import ANY_STATE, Precondition
from datastore_service.domain.records.events import RecordChanged
from datastore_service.domain.records.record import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class RevertRecord(LockingCommand[RecordView]):
    """Revert a record, or its tombstone, to the content of a former version, as a new version."""

    id: UUID
    version: int
    precondition: Precondition = ANY_STATE
    collection: str | None = None
    """A record in another collection is not found; None is any."""


@dataclass(frozen=True, slots=True)
class RevertRecordHandler:
    """Takes the content from the log, and checks it against the present schema of the collection."""

    unit_of_work: UnitOfWorkFactory
    clock: Clock
    schema_validator: SchemaValidator

    async def handle(self, command: RevertRecord) -> RecordView:
        async with self.unit_of_work() as work:
            record = await work.records.get(command.id)
            if record is None or not record.is_in(command.collection):
                raise RecordNotFound(command.id)
            record.expect(command.precondition)
            record.revert(await _change(record, command.version, work), at=self.clock.now())
            await self.schema_validator.check(record, work)
            await work.records.save(record)
            await work.commit()
        return RecordView.of(record)


async def _change(record: Record, version: int, work: UnitOfWork) -> RecordChanged:
    if not 1 <= version <= record.version:
        raise RevisionNotFound(record.id, version)
    change = await work.history.at_version(record.id, version)
    if change is None:
        raise HistoryExpired(record.id, await work.history.horizon(record.collection))
    return change
