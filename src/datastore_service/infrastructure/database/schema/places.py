"""Positions in the change log, so that a purge keeps what comes after them."""

import json
from collections.abc import Iterable

from datastore_service.application.position import Position, Snapshot


def text_of(snapshot: Snapshot) -> str:
    """Writes a snapshot in PostgreSQL's format, in which no transaction has the id 0."""
    end = max(snapshot.end, 1)
    running = ",".join(str(transaction) for transaction in snapshot.running)
    return f"{snapshot.running[0] if snapshot.running else end}:{end}:{running}"


def is_awaited(revision: str, collection: str) -> str:
    """Returns a condition: a position of `places_text`, given as `:places`, comes before a revision of a collection."""
    return f"""EXISTS (
  SELECT FROM jsonb_to_recordset(CAST(CAST(:places AS text) AS jsonb))
    AS place (collection text, seen text, reading text, seq bigint)
  WHERE (place.collection IS NULL OR place.collection = {collection})
    AND NOT pg_visible_in_snapshot({revision}.xid, CAST(place.seen AS pg_snapshot))
    AND NOT ({revision}.seq <= place.seq AND pg_visible_in_snapshot({revision}.xid, CAST(place.reading AS pg_snapshot)))
)"""


def places_text(places: Iterable[tuple[Position, str | None]]) -> str:
    """Writes positions, each for one collection or for all, for `is_awaited`."""
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
