"""The catalogue of requested indexes, and the progress of each."""

import asyncio
import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Row, delete, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from datastore_service.application.fields import PayloadPath
from datastore_service.application.views import IndexView
from datastore_service.domain.errors import CollectionNotFound, IndexNotFound
from datastore_service.infrastructure.database.engine.error_translation import translate_database_errors
from datastore_service.infrastructure.database.engine.pools import WriteEngine
from datastore_service.infrastructure.database.schema.indexes.building import (
    LOCK_CLASS,
    TABLE_LOCK,
    index_name,
    maintain,
)
from datastore_service.infrastructure.database.schema.models import CollectionRow, PayloadIndexRow

_log = logging.getLogger(__name__)
_collections = CollectionRow.__table__
_rows = PayloadIndexRow.__table__

_PATIENCE: Final = 5.0
"""How many seconds a request waits for an index to be dropped; after that, it is dropped in the background."""

_RETRIES: Final = (1.0, 5.0, 30.0)
"""The pauses, in seconds, before maintenance continues after its connection broke."""

_INTERRUPTED: Final = "Its building was interrupted; create the index again."


@dataclass(slots=True)
class _Work:
    """Index maintenance in this process: one task, because only one session at a time may maintain indexes."""

    task: asyncio.Task[None] | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class SqlPayloadIndexes:
    """Keeps the catalogue in a table, and builds the indexes in a task of this process."""

    engine: WriteEngine
    _work: _Work = field(default_factory=_Work, init=False)

    async def create(self, collection: str, path: PayloadPath) -> IndexView:
        name = index_name(path)
        with translate_database_errors():
            async with self.engine.begin() as connection:
                its_id = select(_collections.c.id).where(_collections.c.name == collection)
                found = await connection.scalar(its_id.with_for_update(read=True, key_share=True))
                if found is None:
                    raise CollectionNotFound(collection)
                row = insert(_rows).values(
                    collection_id=found, path=str(path), index_name=name, created_at=func.clock_timestamp()
                )
                await connection.execute(row.on_conflict_do_nothing())
        index = await self._one(collection, path)
        if index.state == "failed":
            with translate_database_errors():
                async with self.engine.begin() as connection:
                    anew = update(_rows).values(failure=None, created_at=func.clock_timestamp())
                    await connection.execute(anew.where(_rows.c.index_name == name))
            index = await self._one(collection, path)
        if index.state != "ready":
            self._maintain()
        return index

    async def drop(self, collection: str, path: PayloadPath) -> None:
        its_id = select(_collections.c.id).where(_collections.c.name == collection).scalar_subquery()
        this = delete(_rows).where(_rows.c.collection_id == its_id, _rows.c.path.in_({str(path), path.former_text}))
        with translate_database_errors():
            async with self.engine.begin() as connection:
                if (await connection.execute(this.returning(_rows.c.path))).first() is None:
                    raise IndexNotFound(collection, str(path))
        await asyncio.wait({self._maintain()}, timeout=_PATIENCE)

    async def resume(self) -> None:
        self._maintain()

    async def close(self) -> None:
        if self._work.task is not None:
            self._work.task.cancel()
            await asyncio.wait({self._work.task})

    async def of(self, collections: Collection[str]) -> Mapping[str, Sequence[IndexView]]:
        found: dict[str, list[IndexView]] = {}
        asked = {"collections": list(collections), "lock_class": LOCK_CLASS, "table_lock": TABLE_LOCK}
        with translate_database_errors():
            async with self.engine.connect() as connection:
                rows = await connection.execute(_STATES, asked)
        for row in rows:
            of_it = found.setdefault(row.collection, [])
            if row.path is not None:
                of_it.append(self._view(row))
        return found

    async def is_larger(self, collection: str, records: int) -> bool:
        with translate_database_errors():
            async with self.engine.connect() as connection:
                # Counts only as far as necessary, along an index.
                counted = await connection.scalar(_COUNTED, {"collection": collection, "most": records + 1})
        return (counted or 0) > records

    async def _one(self, collection: str, path: PayloadPath) -> IndexView:
        indexes = (await self.of([collection])).get(collection, ())
        found = next((index for index in indexes if index.path == str(path)), None)
        if found is None:
            raise IndexNotFound(collection, str(path))
        return found

    def _view(self, row: Row[*tuple[Any, ...]]) -> IndexView:
        goes_on = row.is_maintained or row.is_new or (self._work.task is not None and not self._work.task.done())
        is_awaited = not row.is_valid and row.failure is None and goes_on
        # A valid index serves queries, but until PostgreSQL has analysed the table it cannot estimate the benefit.
        is_building = row.is_held or is_awaited
        state = "building" if is_building else "ready" if row.is_valid else "failed"
        return IndexView(
            collection=row.collection,
            path=row.path,
            state=state,
            progress=(1.0 if row.is_valid else _progress(row)) if is_building else None,
            size=row.size,
            failure=(row.failure or _INTERRUPTED) if state == "failed" else None,
        )

    def _maintain(self) -> asyncio.Task[None]:
        """Starts maintenance, if there is anything to do."""
        work = self._work
        work.again = True
        if work.task is None or work.task.done():
            work.task = asyncio.create_task(self._until_done())
        return work.task

    async def _until_done(self) -> None:
        delays = iter(_RETRIES)
        while self._work.again:
            self._work.again = False
            try:
                await maintain(self.engine)
            except Exception:  # noqa: BLE001 - the states of the indexes show that they are not built
                _log.exception("The maintenance of indexes was interrupted.")
                delay = next(delays, None)
                if delay is None:
                    return
                await asyncio.sleep(delay)
                self._work.again = True


def _progress(row: Row[*tuple[Any, ...]]) -> float:
    """Returns the progress: PostgreSQL reads the table, sorts what it has found, and then scans both again."""
    parts = (("scanning table", 0.0, 0.5), ("sorting", 0.5, 0.1), ("loading", 0.5, 0.2), ("scanning index", 0.7, 0.1))
    phase: str = row.phase or ""
    if phase.startswith("index validation: scanning table"):
        start, share = 0.8, 0.2
    else:
        start, share = next(((start, share) for name, start, share in parts if name in phase), (0.0, 0.0))
    return round(start + share * float(row.done or 0), 3)


_COUNTED: Final = text(
    """
    SELECT count(*) FROM (
      SELECT FROM records WHERE collection_id = (SELECT id FROM collections WHERE name = :collection) LIMIT :most
    ) AS counted
    """
)

_STATES: Final = text(
    """
    WITH held AS (
      SELECT objid FROM pg_locks
      WHERE locktype = 'advisory' AND classid::bigint = :lock_class
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    )
    SELECT
      collections.name AS collection, indexes.path, found.indisvalid AS is_valid, indexes.failure,
      pg_relation_size(found.indexrelid) AS size, progress.phase,
      CASE
        WHEN progress.blocks_total > 0 THEN progress.blocks_done::float8 / progress.blocks_total
        WHEN progress.tuples_total > 0 THEN progress.tuples_done::float8 / progress.tuples_total
      END AS done,
      indexes.created_at > clock_timestamp() - interval '10 seconds' AS is_new,
      EXISTS (SELECT FROM held WHERE objid::bigint = (hashtext(indexes.index_name)::bigint & 4294967295)) AS is_held,
      EXISTS (SELECT FROM held WHERE objid::bigint = :table_lock) AS is_maintained
    FROM collections
    LEFT JOIN payload_indexes AS indexes ON indexes.collection_id = collections.id
    LEFT JOIN pg_index AS found ON found.indexrelid = to_regclass(indexes.index_name)
    LEFT JOIN pg_stat_progress_create_index AS progress ON progress.index_relid = found.indexrelid
    WHERE collections.name = ANY(:collections)
    ORDER BY collections.name, indexes.path COLLATE "C"
    """
)
