"""Epochs of the change log: a database that moves to another server begins a new one (adr/0044)."""

import logging
from dataclasses import replace
from typing import Final

from sqlalchemy import Row, Table, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from datastore_service.application.position import Position, Snapshot
from datastore_service.infrastructure.database.engine.error_translation import translate_database_errors
from datastore_service.infrastructure.database.feed.places import LEFT, bounds_of, snapshot_of
from datastore_service.infrastructure.database.schema.models import ConsumerRow, WebhookRow

_FOLLOWERS: Final[tuple[Table, ...]] = (ConsumerRow.__table__, WebhookRow.__table__)
"""The tables with the cursors that the service keeps, by name."""

_LOCK: Final = text("SELECT epoch FROM change_log FOR UPDATE")
_STATE: Final = text("""
SELECT server, datastore_server() AS present_server, (
  SELECT xid >= pg_snapshot_xmax(pg_current_snapshot()) FROM revisions ORDER BY xid DESC LIMIT 1
) AS has_future_ids FROM change_log
""")
_NEW_EPOCH: Final = text(
    "UPDATE change_log SET epoch = epoch + 1 + floor(random() * 4294967296)::bigint RETURNING epoch"
)
_KNOWS_SERVERS: Final = text("SELECT to_regproc('datastore_server') IS NOT NULL")
_NOTE_SERVER: Final = text("UPDATE change_log SET server = datastore_server()")
_FIRST_LEFT: Final = text(f"SELECT min(seq) FROM revisions WHERE {LEFT}")  # noqa: S608 - a constant
_RENUMBER: Final = text("UPDATE revisions SET xid = pg_current_xact_id()")
_MOMENT: Final = text(
    "SELECT CAST(CAST(pg_current_xact_id() AS text) AS bigint) AS own, CAST(pg_current_snapshot() AS text) AS moment"
)

_TELLS_NO_TIMELINE: Final = "started "

_log = logging.getLogger(__name__)


async def ensure(engine: AsyncEngine) -> bool:
    """Begins a new epoch if the log was written on another server or timeline than this one.

    After a failover, transaction ids that cursors contain may be assigned again. On a standby nothing is done.

    Returns:
        Whether a new epoch has begun.

    Raises:
        StoreUnavailable: The database cannot be reached.
    """
    with translate_database_errors():
        async with engine.connect() as connection:
            if not _is_elsewhere(await _state(connection)):
                return False
        async with engine.begin() as connection:
            await connection.execute(_LOCK)
            # Another process may have begun it meanwhile.
            state = await _state(connection)
            if not _is_elsewhere(state):
                return False
            _log.warning(
                "The change log begins a new epoch, as its database has moved from server %s to %s: cursors that "
                "clients keep expire, consumers and webhooks go on.",
                state.server,
                state.present_server,
            )
            if state.present_server.startswith(_TELLS_NO_TIMELINE):
                _log.warning("The database does not tell its timeline: cursors expire each time that it restarts.")
            await _begin_epoch(connection, renumbers=bool(state.has_future_ids))
            return True


async def rotate(engine: AsyncEngine) -> None:
    """Begins a new epoch: everything in the log counts as written now, and earlier cursors are refused.

    Consumers and webhooks get every change again that they may not have processed, and perhaps more.

    Raises:
        StoreUnavailable: The database cannot be reached.
    """
    with translate_database_errors():
        async with engine.begin() as connection:
            await connection.execute(_LOCK)
            await _begin_epoch(connection, renumbers=True)


async def _state(connection: AsyncConnection) -> Row[*tuple[str | None, str | None, bool | None]]:
    return (await connection.execute(_STATE)).one()


def _is_elsewhere(state: Row[*tuple[str | None, str | None, bool | None]]) -> bool:
    server, present, has_future_ids = state
    return present is not None and (server != present or bool(has_future_ids))


async def _begin_epoch(connection: AsyncConnection, *, renumbers: bool) -> None:
    """Begins an epoch, and moves the stored positions into it.

    Args:
        connection: A transaction that has locked the log.
        renumbers: Whether the transaction ids in the log and in the positions mean nothing on this server.
    """
    epoch = int(await connection.scalar(_NEW_EPOCH) or 0)
    # A backup of an earlier version gets its epoch before it is migrated.
    if await connection.scalar(_KNOWS_SERVERS):
        await connection.execute(_NOTE_SERVER)
    reading = await _moment(connection)
    for followers in _FOLLOWERS:
        for row in await connection.execute(select(followers.c.name, followers.c.cursor)):
            old = Position.parse(row.cursor, "cursor")
            place = await _place(connection, old, epoch, reading) if renumbers else replace(old, epoch=epoch)
            moved = update(followers).where(followers.c.name == row.name).values(cursor=str(place))
            await connection.execute(moved)
    if renumbers:
        await connection.execute(_RENUMBER)


async def _moment(connection: AsyncConnection) -> Snapshot:
    """Returns the snapshot in which this transaction has ended, and no other one that is still running."""
    row = (await connection.execute(_MOMENT)).one()
    now = snapshot_of(row.moment)
    running = {*now.running, *range(now.end, row.own)} - {row.own}
    return Snapshot(max(now.end, row.own + 1), tuple(sorted(running)))


async def _place(connection: AsyncConnection, old: Position, epoch: int, reading: Snapshot) -> Position:
    """Returns the position before the first change that may be unprocessed at the old position."""
    first = await connection.scalar(_FIRST_LEFT, bounds_of(old))
    if first is None:
        return Position(epoch=epoch, seen=reading)
    return Position(epoch=epoch, seen=Snapshot(), reading=reading, seq=first - 1)
