"""Read a page of collections."""

from dataclasses import dataclass

from datastore_service.application.messages import Query
from datastore_service.application.read.pagination import Page, PageRequest
from datastore_service.application.read.ports.readers import CollectionReader
from datastore_service.application.views import CollectionView


@dataclass(frozen=True, slots=True, kw_only=True)
class ListCollections(Query[Page[CollectionView]]):
    """Read a page of the collections, in the order of their creation."""

    page: PageRequest


@dataclass(frozen=True, slots=True)
class ListCollectionsHandler:
    """Reads from the view."""

    collections: CollectionReader

    async def handle(self, query: ListCollections) -> Page[CollectionView]:
        return await self.collections.page(query.page)
