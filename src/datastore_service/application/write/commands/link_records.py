"""Link two records."""

from dataclasses import dataclass
from uuid import UUID

from datastore_service.application.messages import LockingCommand
from datastore_service.application.ports.clock import Clock
from datastore_service.application.ports.identifiers import IdGenerator
from datastore_service.application.views import LinkView
from datastore_service.application.write.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from datastore_service.domain.errors import RecordDeleted, RecordNotFound
from datastore_service.domain.links.link import Link


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedRecords:
    """The link, and whether there was none before."""

    link: LinkView
    created: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRecords(LockingCommand[LinkedRecords]):
    """Link a record to another one; an existing link stays as it is."""

    source: UUID
    relation: str
    target: UUID


@dataclass(frozen=True, slots=True)
class LinkRecordsHandler:
    """Locks both records, so that no other client deletes one meanwhile. Their versions do not change."""

    unit_of_work: UnitOfWorkFactory
    clock: Clock
    ids: IdGenerator

    async def handle(self, command: LinkRecords) -> LinkedRecords:
        made = Link.create(
            self.ids.new_id(),
            source=command.source,
            relation=command.relation,
            target=command.target,
            at=self.clock.now(),
        )
        async with self.unit_of_work() as work:
            await _hold(made, work)
            known = await work.links.get(made.source, made.relation, made.target)
            if known is None:
                await work.links.add(made)
            await work.commit()
        return LinkedRecords(link=LinkView.of(known or made), created=known is None)


async def _hold(link: Link, work: UnitOfWork) -> None:
    # In the order of the ids, so that two commands that link the same records cannot deadlock.
    for record_id in sorted({link.source, link.target}):
        record = await work.records.get(record_id)
        if record is None:
            raise RecordNotFound(record_id)
        if record.deleted_at is not None:
            raise RecordDeleted(record_id)
