"""The life of the log: a database that is restored into another server begins a new one (adr/0044)."""

from typing import Final

from sqlalchemy import Table, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from datastore_service.application.changes.position import Position, Snapshot
from datastore_service.infrastructure.database.availability import unavailability_reported
from datastore_service.infrastructure.database.changes.log import LEFT, bounds_of, snapshot_of
from datastore_service.infrastructure.database.models import ConsumerRow, WebhookRow

_FOLLOWERS: Final[tuple[Table, ...]] = (ConsumerRow.__table__, WebhookRow.__table__)
"""The tables with the cursors of those whose places the service keeps, by name."""

_LOCK: Final = text("SELECT epoch FROM change_log FOR UPDATE")
_IS_FROM_ELSEWHERE: Final = text(
    "SELECT xid >= pg_snapshot_xmax(pg_current_snapshot()) FROM revisions ORDER BY xid DESC LIMIT 1"
)
_NEW_LIFE: Final = text("UPDATE change_log SET epoch = epoch + 1 + floor(random() * 1000000)::bigint RETURNING epoch")
_FIRST_LEFT: Final = text(f"SELECT min(seq) FROM revisions WHERE {LEFT}")  # noqa: S608 - a constant
_RENUMBER: Final = text("UPDATE revisions SET xid = pg_current_xact_id()")
_MOMENT: Final = text(
    "SELECT CAST(CAST(pg_current_xact_id() AS text) AS bigint) AS own, CAST(pg_current_snapshot() AS text) AS moment"
)


async def mend(engine: AsyncEngine) -> bool:
    """Gives the log a new life if it was restored from a server with greater transaction ids, which hide it here.

    Returns:
        Whether it was.

    Raises:
        StoreUnavailable: The database cannot be reached.
    """
    with unavailability_reported():
        async with engine.connect() as connection:
            if not await connection.scalar(_IS_FROM_ELSEWHERE):
                return False
    await renew(engine)
    return True


async def renew(engine: AsyncEngine) -> None:
    """Gives the log a new life: all that is in it counts as written now, and cursors that were given out are refused.

    Those whose places are kept here are given again what they may not have dealt with, and perhaps more.

    Raises:
        StoreUnavailable: The database cannot be reached.
    """
    with unavailability_reported():
        async with engine.begin() as connection:
            await connection.execute(_LOCK)
            epoch = int(await connection.scalar(_NEW_LIFE) or 0)
            reading = await _moment(connection)
            for followers in _FOLLOWERS:
                for row in await connection.execute(select(followers.c.name, followers.c.cursor)):
                    place = await _place(connection, Position.parse(row.cursor, "cursor"), epoch, reading)
                    moved = update(followers).where(followers.c.name == row.name).values(cursor=str(place))
                    await connection.execute(moved)
            await connection.execute(_RENUMBER)


async def _moment(connection: AsyncConnection) -> Snapshot:
    """Returns the moment at which this transaction will have ended, and no other that has not ended yet."""
    row = (await connection.execute(_MOMENT)).one()
    now = snapshot_of(row.moment)
    running = {*now.running, *range(now.end, row.own)} - {row.own}
    return Snapshot(max(now.end, row.own + 1), tuple(sorted(running)))


async def _place(connection: AsyncConnection, old: Position, epoch: int, reading: Snapshot) -> Position:
    """Returns the place before the first change that may not have been dealt with at the old one."""
    first = await connection.scalar(_FIRST_LEFT, bounds_of(old))
    if first is None:
        return Position(epoch=epoch, seen=reading)
    return Position(epoch=epoch, seen=Snapshot(), reading=reading, seq=first - 1)
