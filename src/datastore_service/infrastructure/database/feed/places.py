"""Places in the log as PostgreSQL compares them."""

import json
from collections.abc import Iterable
from typing import Final

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from datastore_service.application.errors import StoreUnavailable
from datastore_service.application.feed.position import Position, Snapshot
from datastore_service.infrastructure.database.schema.models import ChangeLogRow

_log = ChangeLogRow.__table__

UNSEEN: Final = "(xid >= CAST(CAST(:end AS text) AS xid8) OR xid = ANY(CAST(CAST(:running AS text[]) AS xid8[])))"
IN_BATCH: Final = (
    "xid < CAST(CAST(:batch_end AS text) AS xid8) AND xid <> ALL(CAST(CAST(:batch_running AS text[]) AS xid8[]))"
)
LEFT: Final = f"{UNSEEN} AND NOT (seq <= :seq AND {IN_BATCH})"
"""What comes after a place, given `bounds_of` it."""


def bounds_of(position: Position) -> dict[str, object]:
    """Returns the values that statements compare with; the batch of a place between batches is one of nothing."""
    reading = position.reading or Snapshot()
    return {
        "end": str(position.seen.end),
        "running": [str(transaction) for transaction in position.seen.running],
        "batch_end": str(reading.end),
        "batch_running": [str(transaction) for transaction in reading.running],
        "seq": position.seq,
    }


def snapshot_of(written: str) -> Snapshot:
    """Reads what PostgreSQL writes: the oldest running transaction, the end, and those that are running."""
    _, end, running = written.split(":")
    return Snapshot(int(end), tuple(int(transaction) for transaction in running.split(",") if transaction))


def text_of(snapshot: Snapshot) -> str:
    """Writes a snapshot as PostgreSQL reads it, to which no transaction has the id 0."""
    end = max(snapshot.end, 1)
    running = ",".join(str(transaction) for transaction in snapshot.running)
    return f"{snapshot.running[0] if snapshot.running else end}:{end}:{running}"


def is_awaited(revision: str, collection: str) -> str:
    """Returns a condition: a place of `places_text`, given as `:places`, comes before a revision of a collection."""
    return f"""EXISTS (
  SELECT FROM jsonb_to_recordset(CAST(CAST(:places AS text) AS jsonb))
    AS place (collection text, seen text, reading text, seq bigint)
  WHERE (place.collection IS NULL OR place.collection = {collection})
    AND NOT pg_visible_in_snapshot({revision}.xid, CAST(place.seen AS pg_snapshot))
    AND NOT ({revision}.seq <= place.seq AND pg_visible_in_snapshot({revision}.xid, CAST(place.reading AS pg_snapshot)))
)"""


def places_text(places: Iterable[tuple[Position, str | None]]) -> str:
    """Writes places, each of one collection or of all, for `is_awaited`."""
    return json.dumps(
        [
            {
                "collection": collection,
                "seen": text_of(position.seen),
                "reading": text_of(position.reading or Snapshot()),
                "seq": position.seq,
            }
            for position, collection in places
        ]
    )


def is_of_this_log(position: Position) -> ColumnElement[bool]:
    """Returns a condition: the place belongs to the present epoch of the log, and this is the server of that.

    A place that was read before a failover must not be kept after it: it may be behind changes that were lost.
    """
    return exists().where(_log.c.epoch == position.epoch, _log.c.server == func.datastore_server())


async def expect_of_this_log(connection: AsyncConnection, position: Position) -> None:
    """Sees to it that the place may be kept, until the transaction ends.

    Raises:
        StoreUnavailable: It was read before a failover, which nothing has noticed since; reading the log does.
    """
    row = select(_log.c.id).where(is_of_this_log(position)).with_for_update(read=True)
    if (await connection.execute(row)).one_or_none() is None:
        raise StoreUnavailable("The database was switched over to another server meanwhile.")
