"""Positions in the log as SQL conditions."""

from typing import Final

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from datastore_service.application.errors import StoreUnavailable
from datastore_service.application.position import Position, Snapshot
from datastore_service.infrastructure.database.schema.models import ChangeLogRow

_log = ChangeLogRow.__table__

UNSEEN: Final = "(xid >= CAST(CAST(:end AS text) AS xid8) OR xid = ANY(CAST(CAST(:running AS text[]) AS xid8[])))"
IN_BATCH: Final = (
    "xid < CAST(CAST(:batch_end AS text) AS xid8) AND xid <> ALL(CAST(CAST(:batch_running AS text[]) AS xid8[]))"
)
LEFT: Final = f"{UNSEEN} AND NOT (seq <= :seq AND {IN_BATCH})"
"""What comes after a position, with the values of `bounds_of`."""


def bounds_of(position: Position) -> dict[str, object]:
    """Returns the values for the conditions; a position between batches has an empty batch."""
    reading = position.reading or Snapshot()
    return {
        "end": str(position.seen.end),
        "running": [str(transaction) for transaction in position.seen.running],
        "batch_end": str(reading.end),
        "batch_running": [str(transaction) for transaction in reading.running],
        "seq": position.seq,
    }


def snapshot_of(written: str) -> Snapshot:
    """Reads a snapshot from PostgreSQL: the oldest running transaction, the end, and the running ones."""
    _, end, running = written.split(":")
    return Snapshot(int(end), tuple(int(transaction) for transaction in running.split(",") if transaction))


def is_of_this_log(position: Position) -> ColumnElement[bool]:
    """Returns a condition: the position belongs to the log's present epoch, and this is the epoch's server.

    A position from before a failover must not be stored after it: it may be past lost changes.
    """
    return exists().where(_log.c.epoch == position.epoch, _log.c.server == func.datastore_server())


async def expect_of_this_log(connection: AsyncConnection, position: Position) -> None:
    """Makes sure that the position may be stored, until the transaction ends.

    Raises:
        StoreUnavailable: It is from before a failover that has not been detected yet; reading the log detects it.
    """
    row = select(_log.c.id).where(is_of_this_log(position)).with_for_update(read=True)
    if (await connection.execute(row)).one_or_none() is None:
        raise StoreUnavailable("The database has moved to another server meanwhile.")
