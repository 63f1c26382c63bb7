"""The life of the log: a database that is restored into another server begins a new one (adr/0044)."""

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from datastore_service.infrastructure.database.availability import unavailability_reported

_LOCK: Final = text("SELECT epoch FROM change_log FOR UPDATE")
_IS_FROM_ELSEWHERE: Final = text(
    "SELECT xid >= pg_snapshot_xmax(pg_current_snapshot()) FROM revisions ORDER BY xid DESC LIMIT 1"
)
_NEW_LIFE: Final = text("UPDATE change_log SET epoch = epoch + 1 + floor(random() * 1000000)::bigint")
_RENUMBER: Final = text("UPDATE revisions SET xid = pg_current_xact_id()")


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
        return await renew(engine)


async def renew(engine: AsyncEngine) -> bool:
    """Gives the log a new life: all that is in it counts as written now, and older cursors are refused.

    Raises:
        StoreUnavailable: The database cannot be reached.
    """
    with unavailability_reported():
        async with engine.begin() as connection:
            await connection.execute(_LOCK)
            await connection.execute(_NEW_LIFE)
            await connection.execute(_RENUMBER)
    return True
