"""Delete a record."""

from dataclasses import dataclass
from uuid import UUID

from datastore_service.application.limits import Limits
from datastore_service.application.messages import LockingCommand
from datastore_service.application.ports.clock import Clock
from datastore_service.application.write.link_cascade import cascade_links
from datastore_service.application.write.ports.unit_of_work import UnitOfWorkFactory
from datastore_service.domain.errors import RecordNotFound
from datastore_service.domain.preconditions import ANY_STATE, Precondition


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteRecord(LockingCommand[None]):
    """Delete a record; a tombstone remains."""

    id: UUID
    precondition: Precondition = ANY_STATE
    collection: str | None = None
    """A record in another collection is not found; None is any."""


@dataclass(frozen=True, slots=True)
class DeleteRecordHandler:
    """Turns a record into a tombstone, and removes the links from and to it."""

    unit_of_work: UnitOfWorkFactory
    clock: Clock
    limits: Limits

    async def handle(self, command: DeleteRecord) -> None:
        async with self.unit_of_work() as work:
            record = await work.records.get(command.id)
            if record is None or not record.is_in(command.collection):
                raise RecordNotFound(command.id)
            record.delete(precondition=command.precondition, at=self.clock.now())
            await cascade_links(record.id, work, self.limits)
            await work.records.save(record)
            await work.commit()
