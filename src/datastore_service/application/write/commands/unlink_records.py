"""Remove a link between two records."""

from dataclasses import dataclass
from uuid import UUID

from datastore_service.application.messages import LockingCommand
from datastore_service.application.write.ports.unit_of_work import UnitOfWorkFactory
from datastore_service.domain.errors import LinkNotFound
from datastore_service.domain.links.link import is_relation_name


@dataclass(frozen=True, slots=True, kw_only=True)
class UnlinkRecords(LockingCommand[None]):
    """Remove a link between two records."""

    source: UUID
    relation: str
    target: UUID


@dataclass(frozen=True, slots=True)
class UnlinkRecordsHandler:
    """Removes the link; the records stay as they are."""

    unit_of_work: UnitOfWorkFactory

    async def handle(self, command: UnlinkRecords) -> None:
        if not is_relation_name(command.relation):
            raise LinkNotFound(command.source, command.relation, command.target)
        async with self.unit_of_work() as work:
            if not await work.links.remove(command.source, command.relation, command.target):
                raise LinkNotFound(command.source, command.relation, command.target)
            await work.commit()
