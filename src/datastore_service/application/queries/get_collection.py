"""Read one collection."""

from dataclasses import dataclass

from datastore_service.application.messages import Query
from datastore_service.application.ports.readers import CollectionReader
from datastore_service.application.views import CollectionView


@dataclass(frozen=True, slots=True, kw_only=True)
class GetCollection(Query[CollectionView]):
    """Read a collection."""

    name: str


@dataclass(frozen=True, slots=True)
class GetCollectionHandler:
    """Reads from the view."""

    collections: CollectionReader

    async def handle(self, query: GetCollection) -> CollectionView:
        return await self.collections.get(query.name)
