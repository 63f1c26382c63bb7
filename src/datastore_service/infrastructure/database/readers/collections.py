"""Collections from their view."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, Select, Text, cast, select

from datastore_service.application.pagination import Page, PageRequest
from datastore_service.application.views import CollectionView
from datastore_service.domain.errors import CollectionNotFound
from datastore_service.infrastructure.database.availability import unavailability_reported
from datastore_service.infrastructure.database.engine import ReadEngine
from datastore_service.infrastructure.database.views import collection_view

_collection = select(
    collection_view.c.id,
    collection_view.c.name,
    cast(collection_view.c.schema, Text).label("schema"),
    collection_view.c.version,
    collection_view.c.created_at,
    collection_view.c.updated_at,
)


@dataclass(frozen=True, slots=True)
class SqlCollectionReader:
    """Reads `collection_view` through the read pool, one connection a call."""

    engine: ReadEngine

    async def get(self, name: str) -> CollectionView:
        rows = await self._rows(_collection.where(collection_view.c.name == name))
        if not rows:
            raise CollectionNotFound(name)
        return _view(rows[0])

    async def page(self, request: PageRequest) -> Page[CollectionView]:
        query = _collection.limit(request.limit + 1)
        if request.after is not None:
            query = query.where(collection_view.c.id > request.after.record_id)
        if request.before is not None:
            query = query.where(collection_view.c.id < request.before.record_id)
        query = query.order_by(collection_view.c.id.desc() if request.backwards else collection_view.c.id)
        return Page[CollectionView].of([_view(row) for row in await self._rows(query)], request)

    async def _rows(self, query: Select[*tuple[Any, ...]]) -> list[Row[*tuple[Any, ...]]]:
        with unavailability_reported():
            async with self.engine.connect() as connection:
                return list(await connection.execute(query))


def _view(row: Row[*tuple[Any, ...]]) -> CollectionView:
    return CollectionView(
        id=row.id,
        name=row.name,
        schema=row.schema,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
