"""Former states of records, from the log, and purges."""
# ruff: noqa: S608 - put together from constants

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, DateTime, Integer, RowMapping, Text, bindparam, select, text
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncConnection

from datastore_service.application.position import Position
from datastore_service.domain.records.events import RecordChanged
from datastore_service.infrastructure.database.schema.models import CollectionRow, HorizonRow, RecordRow, RevisionRow
from datastore_service.infrastructure.database.schema.places import is_awaited, places_text
from datastore_service.infrastructure.database.schema.record_rows import content_in, content_texts

_records = RecordRow.__table__
_collections = CollectionRow.__table__
_revisions = RevisionRow.__table__

_horizons = HorizonRow.__table__

_NO_PLACE_MOVES = text("LOCK TABLE consumers, webhooks IN SHARE MODE")
_PLACES = text("SELECT cursor, NULL AS collection FROM consumers UNION ALL SELECT cursor, collection FROM webhooks")

# The foreign keys delete the links and tags of a record.
_PURGE_TOMBSTONES = text(f"""
WITH gone AS (
  SELECT id, collection_id, deleted_at FROM records
  WHERE deleted_at < :deleted_before AND NOT EXISTS (
    SELECT FROM revisions JOIN collections ON collections.id = revisions.collection_id
    WHERE revisions.record_id = records.id AND {is_awaited("revisions", "collections.name")}
  ) ORDER BY deleted_at LIMIT :limit FOR UPDATE SKIP LOCKED
), revision AS (
  DELETE FROM revisions USING gone WHERE revisions.record_id = gone.id
), record AS (
  DELETE FROM records USING gone WHERE records.id = gone.id
), horizon AS (
  INSERT INTO horizons (collection, horizon)
  SELECT collections.name, max(gone.deleted_at)
  FROM gone JOIN collections ON collections.id = gone.collection_id GROUP BY collections.name ORDER BY collections.name
  ON CONFLICT (collection) DO UPDATE SET horizon = greatest(horizons.horizon, excluded.horizon)
)
SELECT count(*) FROM gone
""").bindparams(bindparam("deleted_before", type_=DateTime(timezone=True)), bindparam("limit", type_=Integer))

# The oldest come first, so the rest of a history has no gap, and is complete since its beginning.
_PURGE_REVISIONS = text(f"""
WITH gone AS (
  SELECT revision.record_id, revision.version, following.at AS ended
  FROM collections
  JOIN records ON records.collection_id = collections.id
  JOIN revisions AS revision ON revision.record_id = records.id
  JOIN revisions AS following
    ON following.record_id = revision.record_id AND following.version = revision.version + 1
  WHERE collections.name = :collection
    AND (revision.version <= records.version - :kept OR following.at <= :ended_before)
    AND NOT {is_awaited("revision", "collections.name")}
  ORDER BY revision.record_id, revision.version LIMIT :limit
), revision AS (
  DELETE FROM revisions USING gone
  WHERE revisions.record_id = gone.record_id AND revisions.version = gone.version
), horizon AS (
  INSERT INTO horizons (collection, horizon) SELECT :collection, max(ended) FROM gone HAVING count(*) > 0
  ON CONFLICT (collection) DO UPDATE SET horizon = greatest(horizons.horizon, excluded.horizon)
)
SELECT count(*) FROM gone
""").bindparams(
    bindparam("collection", type_=Text),
    bindparam("kept", type_=BigInteger),
    bindparam("ended_before", type_=DateTime(timezone=True)),
    bindparam("limit", type_=Integer),
)

_change = select(
    _revisions.c.record_id,
    _collections.c.name.label("collection"),
    _revisions.c.version,
    _revisions.c.operation,
    *content_texts(_revisions),
    _revisions.c.at,
).join_from(_revisions, _collections, _collections.c.id == _revisions.c.collection_id)


class SqlHistoryRepository:
    """The log in one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def at_version(self, record_id: UUID, version: int) -> RecordChanged | None:
        found = await self._connection.execute(
            _change.where(_revisions.c.record_id == record_id, _revisions.c.version == version)
        )
        row = found.mappings().one_or_none()
        return None if row is None else _changed(row)

    async def as_of(self, record_ids: Collection[UUID], at: datetime) -> Mapping[UUID, RecordChanged]:
        until = _change.where(_revisions.c.record_id.in_(record_ids), _revisions.c.at <= at)
        last = until.ext(distinct_on(_revisions.c.record_id)).order_by(
            _revisions.c.record_id, _revisions.c.version.desc()
        )
        found = await self._connection.execute(last)
        return {row["record_id"]: _changed(row) for row in found.mappings()}

    async def horizon(self, collection: str) -> datetime | None:
        return await self._connection.scalar(select(_horizons.c.horizon).where(_horizons.c.collection == collection))

    async def purge_tombstones(self, deleted_before: datetime, limit: int) -> int:
        limits = {"deleted_before": deleted_before, "limit": limit, "places": await self._kept_places()}
        return await self._connection.scalar(_PURGE_TOMBSTONES, limits) or 0

    async def purge_revisions(
        self, collection: str, kept: int | None, ended_before: datetime | None, limit: int
    ) -> int:
        limits = {
            "collection": collection,
            "kept": kept,
            "ended_before": ended_before,
            "limit": limit,
            "places": await self._kept_places(),
        }
        return await self._connection.scalar(_PURGE_REVISIONS, limits) or 0

    async def _kept_places(self) -> str:
        """Returns the positions of all consumers and webhooks, locked against changes until the transaction ends."""
        await self._connection.execute(_NO_PLACE_MOVES)
        rows = await self._connection.execute(_PLACES)
        return places_text((Position.parse(row.cursor, "cursor"), row.collection) for row in rows)

    async def changed_since(self, collection: str, at: datetime, limit: int) -> Sequence[UUID]:
        of_collection = select(_records.c.id).join(_collections).where(_collections.c.name == collection)
        changed = of_collection.where(_records.c.updated_at > at).order_by(_records.c.id).limit(limit)
        return list(await self._connection.scalars(changed))


def _changed(row: RowMapping) -> RecordChanged:
    return RecordChanged(
        record_id=row["record_id"],
        collection=row["collection"],
        version=row["version"],
        operation=row["operation"],
        content=content_in(row),
        at=row["at"],
    )
