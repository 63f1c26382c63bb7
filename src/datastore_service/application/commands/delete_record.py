"""Delete a record."""

from dataclasses import dataclass
from uuid import UUID

from datastore_service.application.limits import Limits
from datastore_service.application.messages import Command
from datastore_service.application.ports.clock import Clock
from datastore_service.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from datastore_service.domain.errors import RecordLinked, RecordNotFound
from datastore_service.domain.records.values import ANY_STATE, Precondition


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteRecord(Command[None]):
    """Delete a record; a tombstone remains."""

    id: UUID
    precondition: Precondition = ANY_STATE


@dataclass(frozen=True, slots=True)
class DeleteRecordHandler:
    """Turns a record into a tombstone, which no link leads from or to."""

    unit_of_work: UnitOfWorkFactory
    clock: Clock
    limits: Limits

    async def handle(self, command: DeleteRecord) -> None:
        async with self.unit_of_work() as work:
            record = await work.records.get(command.id)
            if record is None:
                raise RecordNotFound(command.id)
            record.delete(precondition=command.precondition, at=self.clock.now())
            await self._end_links(record.id, work)
            await work.records.save(record)
            await work.commit()

    async def _end_links(self, record_id: UUID, work: UnitOfWork) -> None:
        if self.limits.on_delete == "restrict" and (link := await work.links.any_to(record_id)):
            raise RecordLinked(record_id, link.source, link.relation)
        await work.links.detach(record_id)
