"""Collections from their view."""

from dataclasses import dataclass

from sqlalchemy import Text, cast, select

from datastore_service.application.read.pagination import Page, PageRequest
from datastore_service.application.views import CollectionView
from datastore_service.domain.errors import CollectionNotFound
from datastore_service.infrastructure.database.engine.pool import Row
from datastore_service.infrastructure.database.engine.pools import ReadPool
from datastore_service.infrastructure.database.read.readers.pages import read_page, read_rows
from datastore_service.infrastructure.database.schema.collection_apis import api_of
from datastore_service.infrastructure.database.schema.retention import retention_of
from datastore_service.infrastructure.database.schema.views import collection_view

_collection = select(
    collection_view.c.id,
    collection_view.c.name,
    cast(collection_view.c.schema, Text).label("schema"),
    collection_view.c.version,
    collection_view.c.created_at,
    collection_view.c.updated_at,
    collection_view.c.kept_revisions,
    collection_view.c.kept_days,
    cast(collection_view.c.api, Text).label("api"),
    collection_view.c.typed_since,
)


@dataclass(frozen=True, slots=True)
class SqlCollectionReader:
    """Reads `collection_view` through the read pool, with one connection for each call."""

    engine: ReadPool

    async def get(self, name: str) -> CollectionView:
        rows = await read_rows(self.engine, _collection.where(collection_view.c.name == name))
        if not rows:
            raise CollectionNotFound(name)
        return _view(rows[0])

    async def page(self, request: PageRequest) -> Page[CollectionView]:
        rows, behind = await read_page(self.engine, _collection, collection_view.c.id, request)
        return Page[CollectionView].of([_view(row) for row in rows], request, behind=behind)


def _view(row: Row) -> CollectionView:
    return CollectionView(
        id=row.id,
        name=row.name,
        schema=row.schema,
        retention=retention_of(row.kept_revisions, row.kept_days),
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
        api=None if row.api is None else api_of(row.api),
        typed_since=row.typed_since,
    )
