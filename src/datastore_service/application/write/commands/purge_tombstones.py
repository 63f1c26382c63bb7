"""Remove deleted records for good."""

from dataclasses import dataclass
from datetime import datetime

from datastore_service.application.messages import LockingCommand
from datastore_service.application.write.ports.unit_of_work import UnitOfWorkFactory


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeTombstones(LockingCommand[int]):
    """Remove some of the records that were deleted before a time, with all that they were, and say how many."""

    deleted_before: datetime
    limit: int


@dataclass(frozen=True, slots=True)
class PurgeTombstonesHandler:
    """Skips the tombstones that another request is restoring right now."""

    unit_of_work: UnitOfWorkFactory

    async def handle(self, command: PurgeTombstones) -> int:
        async with self.unit_of_work() as work:
            purged = await work.history.purge_tombstones(command.deleted_before, command.limit)
            await work.commit()
        return purged
