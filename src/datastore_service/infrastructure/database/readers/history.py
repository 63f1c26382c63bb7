"""What records were, from the view of the log."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Select, Text, cast, select, true

from datastore_service.application.history import RevisionCursor, RevisionView
from datastore_service.application.pagination import Page
from datastore_service.application.views import RecordView
from datastore_service.domain.errors import HistoryNotKept, RecordDeleted, RecordNotFound, RevisionNotFound
from datastore_service.infrastructure.database.engine import ReadEngine
from datastore_service.infrastructure.database.pool import Row
from datastore_service.infrastructure.database.readers.pages import read_rows
from datastore_service.infrastructure.database.views import record_view, revision_view

_revision = select(
    revision_view.c.version,
    revision_view.c.operation,
    cast(revision_view.c.payload, Text).label("payload"),
    revision_view.c.tags,
    revision_view.c.actor,
    revision_view.c.correlation_id,
    revision_view.c.at,
).where(revision_view.c.record_id == record_view.c.id)


@dataclass(frozen=True, slots=True)
class SqlHistoryReader:
    """Reads `revision_view` through the read pool, one statement a call."""

    engine: ReadEngine

    async def revisions(
        self, record_ids: Collection[UUID], limit: int, after: RevisionCursor | None
    ) -> Mapping[UUID, Page[RevisionView]]:
        older = _revision if after is None else _revision.where(revision_view.c.version < after.version)
        query = _of_records(older.order_by(revision_view.c.version.desc()).limit(limit + 1))
        query = query.where(record_view.c.id.in_(record_ids)).order_by("id", query.selected_columns.version.desc())
        rows = await read_rows(self.engine, query)
        return {
            record_id: _page([row for row in found if row.version is not None], limit, after)
            for record_id, found in groupby(rows, lambda row: row.id)
        }

    async def at_version(self, record_id: UUID, version: int) -> RecordView:
        return await self._then(record_id, _revision.where(revision_view.c.version == version), version)

    async def as_of(self, record_id: UUID, at: datetime) -> RecordView:
        until = _revision.where(revision_view.c.at <= at).order_by(revision_view.c.version.desc()).limit(1)
        return await self._then(record_id, until, at)

    async def _then(self, record_id: UUID, revision: Select[*tuple[Any, ...]], when: int | datetime) -> RecordView:
        oldest = select(revision_view.c.at).where(revision_view.c.record_id == record_view.c.id)
        horizon = oldest.order_by(revision_view.c.version).limit(1).scalar_subquery()
        query = _of_records(revision).add_columns(horizon.label("horizon")).where(record_view.c.id == record_id)
        rows = await read_rows(self.engine, query)
        if not rows:
            raise RecordNotFound(record_id)
        (row,) = rows
        if row.version is not None:
            return _record_of(row)
        if isinstance(when, int) and not 1 <= when <= row.newest:
            raise RevisionNotFound(record_id, when)
        if isinstance(when, datetime) and when < row.created_at:
            raise RecordNotFound(record_id)
        raise HistoryNotKept(record_id, row.horizon)


def _of_records(revisions: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Returns each record with these revisions of it; one that has none comes once all the same."""
    revision = revisions.lateral("revision")
    return select(
        record_view.c.id,
        record_view.c.collection,
        record_view.c.version.label("newest"),
        record_view.c.created_at,
        *revision.c,
    ).join_from(record_view, revision, true(), isouter=True)


def _page(rows: list[Row], limit: int, after: RevisionCursor | None) -> Page[RevisionView]:
    before = [*map(_revision_of, rows[1:]), None]
    items = [_revision_of(row, older) for row, older in zip(rows, before, strict=False)]
    return Page(items=items[:limit], has_next=len(items) > limit, has_previous=after is not None)


def _revision_of(row: Row, before: RevisionView | None = None) -> RevisionView:
    return RevisionView(
        record_id=row.id,
        collection=row.collection,
        version=row.version,
        operation=row.operation,
        payload=row.payload,
        tags=tuple(row.tags),
        actor=row.actor,
        correlation_id=row.correlation_id,
        at=row.at,
        before=before,
    )


def _record_of(row: Row) -> RecordView:
    if row.operation == "delete":
        raise RecordDeleted(row.id)
    return RecordView(
        id=row.id,
        collection=row.collection,
        version=row.version,
        payload=row.payload,
        tags=tuple(row.tags),
        created_at=row.created_at,
        updated_at=row.at,
    )
