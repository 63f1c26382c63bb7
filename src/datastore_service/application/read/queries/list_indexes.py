"""Read the indexes of collections."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from datastore_service.application.messages import Query
from datastore_service.application.ports.indexes import PayloadIndexes
from datastore_service.application.views import IndexView


@dataclass(frozen=True, slots=True, kw_only=True)
class ListIndexes(Query[Mapping[str, Sequence[IndexView]]]):
    """Read the indexes of those of these collections that there are."""

    collections: Sequence[str]


@dataclass(frozen=True, slots=True)
class ListIndexesHandler:
    """Asks the port of indexes: the database role of the query side may not see the progress of a build."""

    indexes: PayloadIndexes

    async def handle(self, query: ListIndexes) -> Mapping[str, Sequence[IndexView]]:
        return await self.indexes.of(set(query.collections))
