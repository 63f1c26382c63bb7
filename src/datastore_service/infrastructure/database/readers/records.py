"""Records from the denormalised view."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, Text, cast, func, select

from datastore_service.application.pagination import Page, PageRequest
from datastore_service.application.views import RecordView
from datastore_service.domain.errors import RecordDeleted, RecordNotFound
from datastore_service.infrastructure.database.availability import unavailability_reported
from datastore_service.infrastructure.database.engine import ReadEngine
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
        rows = await self._rows(_record.where(record_view.c.id == record_id))
        if not rows:
            raise RecordNotFound(record_id)
        if rows[0].deleted_at is not None:
            raise RecordDeleted(record_id)
        return _view(rows[0])

    async def page(self, collection: str | None, request: PageRequest) -> Page[RecordView]:
        query = _present(_record, collection).limit(request.limit + 1)
        if request.after is not None:
            query = query.where(record_view.c.id > request.after.record_id)
        if request.before is not None:
            query = query.where(record_view.c.id < request.before.record_id)
        query = query.order_by(record_view.c.id.desc() if request.backwards else record_view.c.id)
        start = request.start
        if start is None or not request.look_behind:
            return Page[RecordView].of([_view(row) for row in await self._rows(query)], request)
        other_side = record_view.c.id >= start.record_id if request.backwards else record_view.c.id <= start.record_id
        behind = _present(select(record_view.c.id), collection).where(other_side).exists()
        # One statement, and so one moment; a page without rows has none to carry the answer.
        rows = await self._rows(query.add_columns(behind.label("behind")))
        is_behind = rows[0].behind if rows else (await self._rows(select(behind.label("behind"))))[0].behind
        return Page[RecordView].of([_view(row) for row in rows], request, behind=is_behind)

    async def many(self, record_ids: Collection[UUID]) -> Mapping[UUID, RecordView]:
        rows = await self._rows(_present(_record, None).where(record_view.c.id.in_(record_ids)))
        return {row.id: _view(row) for row in rows}

    async def count(self, collection: str | None) -> int:
        rows = await self._rows(_present(select(func.count()).select_from(record_view), collection))
        return rows[0][0]

    async def _rows(self, query: Select[*tuple[Any, ...]]) -> list[Row[*tuple[Any, ...]]]:
        with unavailability_reported():
            async with self.engine.connect() as connection:
                return list(await connection.execute(query))


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
