"""Read one collection."""

from dataclasses import dataclass

from datastore_service.application.messages import Query
from datastore_service.application.read.ports.readers import CollectionReader
from datastore_service.application.views import CollectionView
from datastore_service.domain.errors import CollectionNotFound
from datastore_service.domain.records.values import is_collection_name


@dataclass(frozen=True, slots=True, kw_only=True)
class GetCollection(Query[CollectionView]):
    """Read a collection."""

    name: str


@dataclass(frozen=True, slots=True)
class GetCollectionHandler:
    """Reads from the view."""

    collections: CollectionReader

    async def handle(self, query: GetCollection) -> CollectionView:
        if not is_collection_name(query.name):
            raise CollectionNotFound(query.name)
        return await self.collections.get(query.name)
