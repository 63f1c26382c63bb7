"""Records from the denormalised view."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, Text, cast, func, select

from datastore_service.application.pagination import Page, PageRequest
from datastore_service.application.views import RecordView
from datastore_service.domain.errors import RecordDeleted, RecordNotFound
from datastore_service.infrastructure.database.engine import ReadEngine
from datastore_service.infrastructure.database.readers.pages import read_page, read_rows
from datastore_service.infrastructure.database.views import collection_view, record_view

_record = select(
    record_view.c.id,
    record_view.c.collection,
    record_view.c.version,
    cast(record_view.c.payload, Text).label("payload"),
    record_view.c.tags,
    record_view.c.created_at,
    record_view.c.updated_at,
    record_view.c.deleted_at,
)


@dataclass(frozen=True, slots=True)
class SqlRecordReader:
    """Reads `record_view` through the read pool, one connection a call."""

    engine: ReadEngine

    async def get(self, record_id: UUID) -> RecordView:
        rows = await read_rows(self.engine, _record.where(record_view.c.id == record_id))
        if not rows:
            raise RecordNotFound(record_id)
        if rows[0].deleted_at is not None:
            raise RecordDeleted(record_id)
        return _view(rows[0])

    async def page(self, collection: str | None, request: PageRequest) -> Page[RecordView]:
        rows, behind = await read_page(self.engine, _present(_record, collection), record_view.c.id, request)
        return Page[RecordView].of([_view(row) for row in rows], request, behind=behind)

    async def many(self, record_ids: Collection[UUID]) -> Mapping[UUID, RecordView]:
        rows = await read_rows(self.engine, _present(_record, None).where(record_view.c.id.in_(record_ids)))
        return {row.id: _view(row) for row in rows}

    async def count(self, collection: str | None) -> int:
        rows = await read_rows(self.engine, _present(select(func.count()).select_from(record_view), collection))
        return rows[0][0]


def _present[S: Select[*tuple[Any, ...]]](query: S, collection: str | None) -> S:
    """Leaves out tombstones and, where one collection is meant, the records of the others."""
    query = query.where(record_view.c.deleted_at.is_(None))
    if collection is None:
        return query
    its_id = select(collection_view.c.id).where(collection_view.c.name == collection).scalar_subquery()
    return query.where(record_view.c.collection_id == its_id)


def _view(row: Row[*tuple[Any, ...]]) -> RecordView:
    return RecordView(
        id=row.id,
        collection=row.collection,
        version=row.version,
        payload=row.payload,
        tags=tuple(row.tags),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
