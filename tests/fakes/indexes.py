"""Indexes in memory: they are ready at once, and nothing uses them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from datastore_service.application.fields import PayloadPath
from datastore_service.application.ports.indexes import PayloadIndexes
from datastore_service.application.read.criteria.record_criteria import RecordCriteria
from datastore_service.application.read.pagination import PageRequest
from datastore_service.application.read.ports.plans import Planner
from datastore_service.application.views import IndexView
from datastore_service.domain.errors import CollectionNotFound, IndexNotFound
from tests.fakes.store import InMemoryStore


@dataclass(frozen=True, slots=True)
class InMemoryIndexes(PayloadIndexes):
    """Keeps what it is asked for."""

    store: InMemoryStore
    kept: dict[tuple[str, str], IndexView] = field(default_factory=dict[tuple[str, str], IndexView], init=False)

    async def create(self, collection: str, path: PayloadPath) -> IndexView:
        if collection not in self.store.collections:
            raise CollectionNotFound(collection)
        index = IndexView(collection=collection, path=str(path), state="ready", size=0)
        return self.kept.setdefault((collection, str(path)), index)

    async def drop(self, collection: str, path: PayloadPath) -> None:
        if self.kept.pop((collection, str(path)), None) is None:
            raise IndexNotFound(collection, str(path))

    async def of(self, collections: Collection[str]) -> Mapping[str, Sequence[IndexView]]:
        return {
            collection: [index for (of, _), index in sorted(self.kept.items()) if of == collection]
            for collection in collections
            if collection in self.store.collections
        }

    async def resume(self) -> None:
        pass

    async def close(self) -> None:
        pass

    async def is_larger(self, collection: str, records: int) -> bool:
        return sum(record.collection == collection for record in self.store.records.values()) > records


class LooksAtEverything(Planner):
    """Plans as a store in memory does."""

    async def plan(self, criteria: RecordCriteria, request: PageRequest, *, measured: bool) -> str:  # noqa: ARG002 - the port's
        return "Look at every record"
