"""The change log, read by snapshots (adr/0044)."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Final
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncConnection

from datastore_service.application.errors import CursorExpired, StoreUnavailable
from datastore_service.application.feed.change import Change, LogEntry, LogSegment
from datastore_service.application.feed.consumer import Lag
from datastore_service.application.large_requests import room_for_large_request
from datastore_service.application.limits import Limits
from datastore_service.application.position import Position, Snapshot
from datastore_service.infrastructure.database.engine.error_translation import translate_database_errors
from datastore_service.infrastructure.database.engine.pool import rows_within
from datastore_service.infrastructure.database.engine.pools import FeedEngine, WriteEngine
from datastore_service.infrastructure.database.engine.sql_engines import driver_of
from datastore_service.infrastructure.database.engine.statements import runnable
from datastore_service.infrastructure.database.feed import log_epoch
from datastore_service.infrastructure.database.feed.places import (
    IN_BATCH,
    LEFT,
    UNSEEN,
    bounds_of,
    snapshot_of,
)
from datastore_service.infrastructure.database.schema.places import text_of
from datastore_service.infrastructure.database.schema.record_columns import CONTENT_NAMES, listed
from datastore_service.infrastructure.database.schema.record_rows import shown_content

type _Rows = Sequence[Any]

type _Statements = tuple[TextClause, TextClause]
"""The statement that reads only small payloads, and the one that reads all."""

SNAPSHOT: Final = "snapshot"
"""The operation of a record that is part of a snapshot."""

_COLUMNS: Final = (
    f"record_id, collection, version, operation, {listed(CONTENT_NAMES)}, actor, correlation_id, "
    "CAST(CAST(xid AS text) AS bigint) AS transaction, at"
)
_SMALL: Final = """(
  SELECT CASE WHEN octet_length(read.text) <= :small THEN read.text END
  FROM (
    SELECT CAST(found.payload AS text) AS text
    WHERE pg_column_size(found.payload) <= greatest(65536, :small / 2) OFFSET 0
  ) AS read
)"""
"""A payload as text, or NULL if it is longer, or may be much longer; see `readers/sizes.py`."""
_PLAIN_CONTENT: Final = [name for name in CONTENT_NAMES if name != "payload"]
_TOLD: Final = (
    "found.record_id, found.collection, found.version, found.operation, /* payload */ AS payload, "
    f"{listed(_PLAIN_CONTENT, 'found.')}, found.actor, found.correlation_id, found.transaction, found.at, "
    "found.epoch, found.server, found.present_server, found.moment"
)
_PRESENT: Final = "epoch, server, present_server, CAST(pg_current_snapshot() AS text) AS moment"
"""The columns that tell, in every statement on the log, whether the log may be read here."""
_MOMENT: Final = f"""
-- Without its table, xid would be the name of what is selected, of which there is no index.
SELECT {_PRESENT}, (
  SELECT CAST(CAST(xid AS text) AS bigint) FROM revision_view ORDER BY revision_view.xid DESC LIMIT 1
) AS last FROM change_log_view
"""  # noqa: S608 - a constant
_CHANGES: Final = f"""
SELECT found.seq, found.last, {_TOLD} FROM (
SELECT changes.*, log.* FROM ({_MOMENT}) AS log LEFT JOIN LATERAL (
  SELECT seq, {_COLUMNS} FROM revision_view WHERE /* where */ AND {UNSEEN} ORDER BY seq LIMIT :limit
) AS changes ON true ORDER BY seq
) AS found
"""  # noqa: S608 - put together from constants

_ATTEMPTS: Final = 2
"""The second attempt reads a log that has begun a new epoch meanwhile."""
_OF_COLLECTION: Final = "collection_id = (SELECT id FROM collection_view WHERE name = CAST(:collection AS text)) AND "


@dataclass(frozen=True, slots=True)
class SqlChangeLog:
    """Reads the views on the primary: on a standby, a snapshot does not tell which transactions are running.

    Each statement returns the server and the timeline that has answered. If the log was written on another one, it
    begins a new epoch before anything is read from it (adr/0044).
    """

    engine: FeedEngine
    write: WriteEngine
    limits: Limits

    async def start(self) -> Position:
        return Position(epoch=(await self.end()).epoch, seen=Snapshot())

    async def end(self) -> Position:
        (row,) = await self._rows(_END, {})
        return Position(epoch=row.epoch, seen=_lasting(row))

    async def after(self, position: Position, collection: str | None, limit: int) -> LogSegment:
        if position.after is not None:
            return await self._state(position, position.after, collection, limit)
        rows, cut = await self._rows_within(
            _STATEMENTS[position.reading is not None, collection is not None],
            bounds_of(position) | {"limit": limit, "collection": collection},
            limit,
        )
        _expect_valid(position, rows)
        reading = position.reading or _lasting(rows[0], position.seen.end)
        found = [row for row in rows if row.seq is not None]
        is_whole = len(found) < limit and not cut
        behind = Position(epoch=position.epoch, seen=reading)
        entries = [
            LogEntry(
                _change(row),
                behind
                if is_whole and index == len(found)
                else Position(epoch=position.epoch, seen=position.seen, reading=reading, seq=row.seq),
            )
            for index, row in enumerate(found, 1)
        ]
        return LogSegment(
            entries=entries,
            position=behind if is_whole else entries[-1].position,
            is_last=is_whole and position.reading is None,
        )

    async def lag(self, position: Position, collection: str | None, most: int) -> Lag:
        rows = await self._rows(
            _LAG[collection is not None], bounds_of(position) | {"limit": most, "collection": collection}
        )
        _expect_valid(position, rows)
        return Lag(changes=rows[0].changes, oldest=rows[0].oldest)

    async def _state(self, position: Position, after: UUID, collection: str | None, limit: int) -> LogSegment:
        rows, cut = await self._rows_within(
            _STATE[collection is not None],
            {"after": after, "collection": collection, "limit": limit, "snapshot": text_of(position.seen)},
            limit,
        )
        _expect_valid(position, rows)
        looked_at = [row.id for row in rows if row.id is not None]
        found = [row for row in rows if row.operation not in {None, "delete"}]
        entries = [
            LogEntry(_change(row, SNAPSHOT), Position(epoch=position.epoch, seen=position.seen, after=row.id))
            for row in found
        ]
        is_whole = len(looked_at) < limit and not cut
        behind = Position(epoch=position.epoch, seen=position.seen, after=None if is_whole else looked_at[-1])
        return LogSegment(entries=entries, position=behind, is_last=False)

    async def _rows(self, statement: TextClause, values: Mapping[str, object]) -> _Rows:
        async def read(connection: AsyncConnection) -> tuple[_Rows, bool]:
            return list(await connection.execute(statement, values)), False

        return (await self._read(read))[0]

    async def _rows_within(
        self, statements: _Statements, values: Mapping[str, object], limit: int
    ) -> tuple[_Rows, bool]:
        """Returns the rows that fit, at least the first, and whether there are more."""
        small, whole = statements

        async def read(connection: AsyncConnection) -> tuple[_Rows, bool]:
            bounds = {**values, "small": self.limits.page_bytes // limit}
            rows = list(await connection.execute(small, bounds))
            if all(row.payload is not None or row.record_id is None for row in rows):
                return rows, False
            return rows, True

        async def read_on(connection: AsyncConnection) -> tuple[_Rows, bool]:
            text, arguments = runnable(whole, values)
            # A cursor needs a transaction, and SQLAlchemy has not begun one on an unused connection.
            async with driver_of(connection) as driver, driver.transaction():
                found, cut = await rows_within(await driver.cursor(text, *arguments), self.limits.page_bytes)
            return [SimpleNamespace(**row) for row in found], cut

        rows, is_large = await self._read(read)
        if not is_large:
            return rows, False
        await room_for_large_request()
        return await self._read(read_on)

    async def _read(self, read: Callable[[AsyncConnection], Awaitable[tuple[_Rows, bool]]]) -> tuple[_Rows, bool]:
        for _ in range(_ATTEMPTS):
            with translate_database_errors():
                async with self.engine.connect() as connection:
                    rows, cut = await read(connection)
            if rows[0].present_server is None:
                raise StoreUnavailable("The database is a standby; the changes are read from the primary.")
            if rows[0].server == rows[0].present_server:
                return rows, cut
            await log_epoch.ensure(self.write)
        raise StoreUnavailable("The changes are read from one server and written to another.")


def _statement(*, in_batch: bool, of_collection: bool) -> _Statements:
    """Makes the statement that continues from a position.

    A new batch first finds its beginning by the index of transactions, so that its pages can be read by the index of
    `seq`. (`seq + 0` keeps PostgreSQL from searching for the minimum along that index from its start.)
    """
    begins = "seq > :seq" if in_batch else f"seq >= (SELECT min(seq + 0) FROM revision_view WHERE {UNSEEN})"  # noqa: S608
    within = f" AND {IN_BATCH}" if in_batch else ""
    return _both(_CHANGES.replace("/* where */", (_OF_COLLECTION if of_collection else "") + begins + within))


def _both(statement: str) -> _Statements:
    """Returns the statement that reads only small payloads, and the one that reads all."""
    small, whole = (statement.replace("/* payload */", how) for how in (_SMALL, "CAST(found.payload AS text)"))
    return text(small), text(whole)


_END: Final = text(_MOMENT)
_STATEMENTS: Final = {
    (in_batch, of_collection): _statement(in_batch=in_batch, of_collection=of_collection)
    for in_batch in (False, True)
    for of_collection in (False, True)
}
_LAG: Final = {
    of_collection: text(
        f"""
SELECT log.*, lag.changes, lag.oldest FROM (SELECT {_PRESENT} FROM change_log_view) AS log CROSS JOIN LATERAL (
  SELECT count(*) AS changes, min(at) AS oldest FROM (
    SELECT at FROM revision_view WHERE {_OF_COLLECTION if of_collection else ""} {LEFT} LIMIT :limit
  ) AS changes
) AS lag
"""  # noqa: S608 - put together from constants
    )
    for of_collection in (False, True)
}
_STATE: Final = {
    of_collection: _both(
        f"""
SELECT found.id, {_TOLD} FROM (
SELECT records.id, state.*, log.* FROM (SELECT {_PRESENT} FROM change_log_view) AS log LEFT JOIN LATERAL (
  SELECT id FROM record_view WHERE {_OF_COLLECTION if of_collection else ""} id > :after ORDER BY id LIMIT :limit
) AS records ON true LEFT JOIN LATERAL (
  SELECT {_COLUMNS} FROM revision_view
  WHERE record_id = records.id AND pg_visible_in_snapshot(xid, CAST(CAST(:snapshot AS text) AS pg_snapshot))
  ORDER BY version DESC LIMIT 1
) AS state ON true ORDER BY records.id
) AS found
"""  # noqa: S608 - put together from constants
    )
    for of_collection in (False, True)
}


def _expect_valid(position: Position, rows: _Rows) -> None:
    # A server that was reset to an earlier state without any other sign assigns ids again.
    last = max(position.seen.end, position.reading.end if position.reading else 0)
    if rows[0].epoch != position.epoch or last > snapshot_of(rows[0].moment).end:
        raise CursorExpired


def _change(row: Any, operation: str | None = None) -> Change:  # noqa: ANN401 - a row of the statements above
    return Change(
        record_id=row.record_id,
        collection=row.collection,
        version=row.version,
        operation=operation or row.operation,
        actor=row.actor,
        correlation_id=row.correlation_id,
        at=row.at,
        transaction=row.transaction,
        **shown_content(vars(row) if isinstance(row, SimpleNamespace) else row._asdict()),
    )


def _lasting(row: Any, least: int = 0) -> Snapshot:  # noqa: ANN401 - a row of the statements above
    """Returns the part of a snapshot that survives a crash.

    The ids of rolled-back transactions may not have reached the disk; PostgreSQL assigns them again after a crash. A
    transaction that has committed a change is on the disk, and so are all ids up to its own.

    Args:
        row: The snapshot, and the last transaction in it that has committed a change.
        least: The lowest possible end of the snapshot.
    """
    moment = snapshot_of(row.moment)
    end = min(moment.end, max((row.last or 0) + 1, least))
    return Snapshot(end, tuple(transaction for transaction in moment.running if transaction < end))
