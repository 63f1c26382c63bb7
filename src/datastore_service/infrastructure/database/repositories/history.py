"""What records were, from the log."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Text, cast, select
from sqlalchemy.ext.asyncio import AsyncConnection

from datastore_service.application.json_codec import decode
from datastore_service.domain.records.events import RecordChanged
from datastore_service.infrastructure.database.models import CollectionRow, RecordRow, RevisionRow

_records = RecordRow.__table__
_collections = CollectionRow.__table__
_revisions = RevisionRow.__table__

_change = select(
    _revisions.c.record_id,
    _collections.c.name.label("collection"),
    _revisions.c.version,
    _revisions.c.operation,
    cast(_revisions.c.payload, Text).label("payload"),
    _revisions.c.tags,
    _revisions.c.at,
).join_from(_revisions, _collections, _collections.c.id == _revisions.c.collection_id)


class SqlHistoryRepository:
    """The log as one transaction reads it."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def at_version(self, record_id: UUID, version: int) -> RecordChanged | None:
        found = await self._connection.execute(
            _change.where(_revisions.c.record_id == record_id, _revisions.c.version == version)
        )
        row = found.one_or_none()
        return None if row is None else _changed(row)

    async def as_of(self, record_ids: Collection[UUID], at: datetime) -> Mapping[UUID, RecordChanged]:
        until = _change.where(_revisions.c.record_id.in_(record_ids), _revisions.c.at <= at)
        last = until.distinct(_revisions.c.record_id).order_by(_revisions.c.record_id, _revisions.c.version.desc())
        return {row.record_id: _changed(row) for row in await self._connection.execute(last)}

    async def changed_since(self, collection: str, at: datetime, limit: int) -> Sequence[UUID]:
        of_collection = select(_records.c.id).join(_collections).where(_collections.c.name == collection)
        changed = of_collection.where(_records.c.updated_at > at).order_by(_records.c.id).limit(limit)
        return list(await self._connection.scalars(changed))


def _changed(row: Row[*tuple[Any, ...]]) -> RecordChanged:
    return RecordChanged(
        record_id=row.record_id,
        collection=row.collection,
        version=row.version,
        operation=row.operation,
        payload=decode(row.payload.encode()),
        tags=tuple(row.tags),
        at=row.at,
    )
