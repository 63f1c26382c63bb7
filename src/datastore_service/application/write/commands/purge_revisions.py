"""Give up the revisions that a collection does not keep."""

from dataclasses import dataclass

from datastore_service.application.messages import LockingCommand
from datastore_service.application.ports.clock import Clock
from datastore_service.application.write.ports.unit_of_work import UnitOfWorkFactory


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeRevisions(LockingCommand[int]):
    """Remove some of the revisions that a collection's retention gives up, and say how many."""

    collection: str
    limit: int


@dataclass(frozen=True, slots=True)
class PurgeRevisionsHandler:
    """Removes the oldest revisions first, so that the remaining history has no gaps."""

    unit_of_work: UnitOfWorkFactory
    clock: Clock

    async def handle(self, command: PurgeRevisions) -> int:
        async with self.unit_of_work() as work:
            retention = await work.collections.retention_of(command.collection)
            if retention is None:
                return 0
            ended = retention.ended_before(self.clock.now())
            purged = await work.history.purge_revisions(command.collection, retention.revisions, ended, command.limit)
            await work.commit()
        return purged
