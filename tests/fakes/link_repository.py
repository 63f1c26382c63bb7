"""Links of a unit of work in memory."""

from collections.abc import Collection
from typing import TYPE_CHECKING
from uuid import UUID

from datastore_service.domain.links.link import Link
from datastore_service.domain.links.repository import LinkKey

if TYPE_CHECKING:
    from tests.fakes.store import InMemoryRecordRepository, InMemoryStore


class InMemoryLinkRepository:
    """The links; the records' turn is theirs, too."""

    def __init__(self, store: "InMemoryStore", records: "InMemoryRecordRepository") -> None:
        self._store = store
        self._records = records
        self.changed: dict[tuple[UUID, str, UUID], Link | None] = {}

    async def get(self, source: UUID, relation: str, target: UUID) -> Link | None:
        return self._present().get((source, relation, target))

    async def add(self, link: Link) -> None:
        self.changed[link.source, link.relation, link.target] = link

    async def remove(self, source: UUID, relation: str, target: UUID) -> bool:
        await self._records.take_the_turn()
        was_there = (source, relation, target) in self._present()
        self.changed[source, relation, target] = None
        return was_there

    async def any_to(self, record_id: UUID) -> Link | None:
        found = (link for link in self._present().values() if link.target == record_id != link.source)
        return next(found, None)

    async def hold(self, record_ids: Collection[UUID], keys: Collection[LinkKey]) -> None:
        pass

    async def detach(self, record_id: UUID) -> None:
        self.changed |= {key: None for key, link in self._present().items() if record_id in (link.source, link.target)}

    def _present(self) -> dict[tuple[UUID, str, UUID], Link]:
        links = {**self._store.links, **self.changed}
        return {key: link for key, link in links.items() if link}
