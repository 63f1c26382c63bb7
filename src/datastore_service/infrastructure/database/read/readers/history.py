"""Former states of records, from the view of the log."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, case, exists, func, literal, select, text, true

from datastore_service.application.limits import Limits
from datastore_service.application.read.history import RevisionCursor, RevisionView
from datastore_service.application.read.pagination import Page
from datastore_service.application.read.ports.history import KeptPlace, Purgeable
from datastore_service.application.views import RecordView
from datastore_service.domain.errors import HistoryExpired, RecordDeleted, RecordNotFound, RevisionNotFound
from datastore_service.infrastructure.database.engine.pool import Row, Rows
from datastore_service.infrastructure.database.engine.pools import ReadPool
from datastore_service.infrastructure.database.read.readers.pages import read_rows, rows_of_each
from datastore_service.infrastructure.database.read.readers.sizes import with_texts
from datastore_service.infrastructure.database.schema.places import is_awaited, places_text
from datastore_service.infrastructure.database.schema.record_columns import content_of
from datastore_service.infrastructure.database.schema.record_rows import shown_content, view_of
from datastore_service.infrastructure.database.schema.views import (
    collection_view,
    horizon_view,
    record_view,
    revision_view,
)

_revision = select(
    revision_view.c.version,
    revision_view.c.operation,
    *content_of(revision_view),
    revision_view.c.actor,
    revision_view.c.correlation_id,
    revision_view.c.at,
).where(revision_view.c.record_id == record_view.c.id)

_STATE: Final = (
    revision_view.c.at.label("updated_at"),
    case((revision_view.c.operation == literal("delete"), revision_view.c.at)).label("deleted_at"),
)
"""The other columns of a record that the state after a revision has."""


@dataclass(frozen=True, slots=True)
class SqlHistoryReader:
    """Reads `revision_view` through the read pool, with one statement for each call."""

    engine: ReadPool
    limits: Limits

    async def revisions(
        self, record_ids: Collection[UUID], limit: int, after: RevisionCursor | None
    ) -> Mapping[UUID, Page[RevisionView]]:
        older = _revision if after is None else _revision.where(revision_view.c.version < after.version)
        query = _of_records(older.order_by(revision_view.c.version.desc()).limit(limit + 1))
        query = query.order_by(record_view.c.id, query.selected_columns.version.desc())
        found = await rows_of_each(
            self.engine,
            lambda ids: query.where(record_view.c.id.in_(ids)),
            record_ids,
            limit + 1,
            self.limits.page_bytes,
            # A revision needs the previous one to tell what it has changed.
            least=2,
        )
        return {record_id: _page(rows, limit, after, cut=cut) for record_id, (rows, cut) in found.items()}

    async def at_version(self, record_id: UUID, version: int) -> RecordView:
        return await self._then(record_id, _revision.where(revision_view.c.version == version), version)

    async def as_of(self, record_id: UUID, at: datetime) -> RecordView:
        until = _revision.where(revision_view.c.at <= at).order_by(revision_view.c.version.desc()).limit(1)
        return await self._then(record_id, until, at)

    async def horizon(self, collection: str | None) -> datetime | None:
        query = select(func.max(horizon_view.c.horizon).label("horizon"))
        if collection is not None:
            query = query.where(horizon_view.c.collection == collection)
        return (await read_rows(self.engine, query))[0].horizon

    async def purgeable(self, deleted_before: datetime | None, now: datetime, kept: Sequence[KeptPlace]) -> Purgeable:
        places = places_text(kept)
        tombstones = held_tombstones = 0
        if deleted_before is not None:
            awaited = text(is_awaited("revision_view", "revision_view.collection")).bindparams(places=places)
            of_record = exists().where(revision_view.c.record_id == record_view.c.id, awaited)
            old = select(
                func.count().filter(~of_record).label("number"), func.count().filter(of_record).label("held")
            ).where(record_view.c.deleted_at < deleted_before)
            row = (await read_rows(self.engine, old))[0]
            tombstones, held_tombstones = row.number, row.held
        rows = await read_rows(self.engine, _surplus(now, places))
        return Purgeable(
            tombstones=tombstones,
            revisions={row.name: row.number for row in rows if row.number},
            held_tombstones=held_tombstones,
            held_revisions=sum(row.held for row in rows),
        )

    async def _then(self, record_id: UUID, revision: Select[*tuple[Any, ...]], when: int | datetime) -> RecordView:
        oldest = select(revision_view.c.at).where(revision_view.c.record_id == record_view.c.id)
        horizon = oldest.order_by(revision_view.c.version).limit(1).scalar_subquery()
        query = _of_records(revision.add_columns(*_STATE)).add_columns(record_view.c.id, horizon.label("horizon"))
        query = query.where(record_view.c.id == record_id)
        rows = await read_rows(self.engine, with_texts(query))
        if not rows:
            raise RecordNotFound(record_id)
        (row,) = rows
        if row.deleted_at is not None:
            raise RecordDeleted(record_id)
        if row.version is not None:
            return view_of(row)
        if isinstance(when, int) and not 1 <= when <= row.newest:
            raise RevisionNotFound(record_id, when)
        if isinstance(when, datetime) and when < row.created_at:
            raise RecordNotFound(record_id)
        raise HistoryExpired(record_id, row.horizon)


def _surplus(now: datetime, places: str) -> Select[*tuple[Any, ...]]:
    """Returns how many revisions each collection would purge, and how many of them consumers still need."""
    awaited = is_awaited("revision_view", "collection_view.name")
    following = revision_view.alias("following")
    is_next = (following.c.record_id == revision_view.c.record_id) & (
        following.c.version == revision_view.c.version + 1
    )
    too_many = revision_view.c.version <= record_view.c.version - collection_view.c.kept_revisions
    too_old = following.c.at <= literal(now) - collection_view.c.kept_days * literal(timedelta(days=1))
    return (
        select(
            collection_view.c.name,
            func.count().filter(text(f"NOT {awaited}").bindparams(places=places)).label("number"),
            func.count().filter(text(awaited).bindparams(places=places)).label("held"),
        )
        .join_from(collection_view, record_view, record_view.c.collection_id == collection_view.c.id)
        .join(revision_view, revision_view.c.record_id == record_view.c.id)
        .join(following, is_next)
        .where(too_many | too_old)
        .group_by(collection_view.c.name)
        .order_by(collection_view.c.name.collate("C"))
    )


def _of_records(revisions: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    """Returns each record with its revisions; a record without any comes once."""
    revision = revisions.lateral("revision")
    return select(
        record_view.c.id.label("of_record"),
        record_view.c.collection,
        record_view.c.version.label("newest"),
        record_view.c.created_at,
        *revision.c,
    ).join_from(record_view, revision, true(), isouter=True)


def _page(found: Rows, limit: int, after: RevisionCursor | None, *, cut: bool) -> Page[RevisionView]:
    rows = [row for row in found if row.version is not None]
    before = [*map(_revision_of, rows[1:]), None]
    items = [_revision_of(row, older) for row, older in zip(rows, before, strict=False)]
    most = min(limit, len(items) - cut)
    return Page(items=items[:most], has_next=len(items) > most, has_previous=after is not None)


def _revision_of(row: Row, before: RevisionView | None = None) -> RevisionView:
    return RevisionView(
        record_id=row.of_record,
        collection=row.collection,
        version=row.version,
        operation=row.operation,
        actor=row.actor,
        correlation_id=row.correlation_id,
        at=row.at,
        before=before,
        **shown_content(row),
    )
