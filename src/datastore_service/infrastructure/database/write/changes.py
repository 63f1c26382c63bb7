"""The changes of a unit of work, and the one statement that writes the changes of many."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from uuid import UUID

import orjson

from datastore_service.application.json_codec import encode
from datastore_service.application.request_context import RequestContext
from datastore_service.domain.collections.collection import PayloadRules
from datastore_service.domain.records.events import RecordChanged
from datastore_service.domain.records.record import Record
from datastore_service.infrastructure.database.schema.record_columns import CONTENT, CONTENT_NAMES, STORED_NAMES, listed


@dataclass(frozen=True, slots=True)
class KnownCollection:
    """A collection as it was read.

    Attributes:
        version: None if the transaction has locked it: then no statement compares its version.
        rules: What payloads in it have to be.
    """

    id: UUID
    version: int | None
    rules: PayloadRules


@dataclass(slots=True, kw_only=True)
class ChangedRecord:
    """The changes of one record.

    Attributes:
        expected: The version that it must have before; 0 if it must be new.
        tags: The ids of its tags afterwards.
        events: The changes in order, by their numbers in the unit of work; the last one has the final state.
    """

    expected: int
    collection: KnownCollection
    created_at: datetime
    deleted_at: datetime | None
    tags: Sequence[int]
    events: dict[int, RecordChanged]


def _no_records() -> dict[UUID, ChangedRecord]:
    # A plain `{}`, because `dict[UUID, ChangedRecord]()` takes far longer, and each unit of work calls this.
    return {}


@dataclass(slots=True)
class ChangeSet:
    """All changes of one unit of work, by record id, and the context in which they are made."""

    context: RequestContext
    records: dict[UUID, ChangedRecord] = field(default_factory=_no_records)
    number_of_events: int = 0

    @property
    def only_adds(self) -> bool:
        """Whether all records are new."""
        return not any(changed.expected for changed in self.records.values())

    def note(self, record: Record, expected: int, collection: KnownCollection, tags: Sequence[int]) -> None:
        """Takes over the changes of a record; one that was saved without a change is not written."""
        if not record.events:
            return
        events = dict(enumerate(record.events, self.number_of_events))
        self.number_of_events += len(events)
        changed = self.records.get(record.id)
        if changed is None:
            self.records[record.id] = ChangedRecord(
                expected=expected,
                collection=collection,
                created_at=record.created_at,
                deleted_at=record.deleted_at,
                tags=tags,
                events=events,
            )
        else:
            changed.deleted_at, changed.tags = record.deleted_at, tags
            changed.events |= events


def written_out(sets: Iterable[ChangeSet]) -> str:
    """Returns the sets as the JSON input of the statements; no two sets may change the same record.

    Records are in the order of their ids, as everywhere, so that transactions do not deadlock.

    Raises:
        orjson.JSONEncodeError: A text cannot be encoded.
    """
    changes = sorted(
        ((record_id, changed, changes.context) for changes in sets for record_id, changed in changes.records.items()),
        key=lambda change: change[0].int,
    )
    rows = [
        {
            "number": number,
            "record_id": record_id,
            "collection_id": changed.collection.id,
            "collection_version": changed.collection.version,
            "expected": changed.expected,
            "version": event.version,
            "operation": event.operation,
            "payload": orjson.Fragment(event.content.payload_text(encode)),
            **_plain(event),
            "tag_ids": changed.tags,
            "actor": context.actor.id,
            "correlation_id": context.correlation_id,
            "at": event.at,
            "created_at": changed.created_at,
            "deleted_at": changed.deleted_at,
            "is_last": event.version == last.version,
        }
        for record_id, changed, context in changes
        for last in [next(reversed(changed.events.values()))]
        for number, event in changed.events.items()
    ]
    # UUIDs from the database are of asyncpg's own class.
    return orjson.dumps(rows, default=str).decode()


_PLAIN: Final = tuple(name for name in CONTENT_NAMES if name != "payload")


def _plain(event: RecordChanged) -> dict[str, object]:
    """Returns the members of the content that are written to JSON unchanged."""
    return {name: getattr(event.content, name) for name in _PLAIN}


_CONTENT: Final = listed(CONTENT_NAMES)
_STORED: Final = listed(STORED_NAMES)
_TYPES: Final = ", ".join(f"{column.name} {column.sql_type}" for column in CONTENT)
_REVISION: Final = f"record_id, collection_id, version, operation, {_CONTENT}, actor, correlation_id, at"
_NEW: Final = f"record_id, collection_id, version, {_STORED}, created_at, at, deleted_at"
_RECORD: Final = f"id, collection_id, version, {_STORED}, created_at, updated_at, deleted_at"

_GIVEN: Final = f"""
WITH given AS MATERIALIZED (
  SELECT
    number, record_id, collection_id, collection_version, expected, version, operation,
    -- Columns take the null of JSON for their own.
    coalesce(payload, 'null') AS payload, {listed(_PLAIN)}, tag_ids, actor, correlation_id, at, created_at, deleted_at,
    is_last
  FROM json_to_recordset($1::json) AS given(
    number integer, record_id uuid, collection_id uuid, collection_version bigint, expected bigint, version bigint,
    operation text, {_TYPES}, tag_ids bigint[], actor text, correlation_id text,
    at timestamptz, created_at timestamptz, deleted_at timestamptz, is_last boolean
  )
)"""  # noqa: S608 - of constants

_CHECKED: Final = f"""
{_GIVEN}, standing AS MATERIALIZED (
  -- Shared by all writers of its records; a change or removal of the collection makes them wait, elsewhere. A change of
  -- its types shuts the gate first, as writers that share the lock could keep it waiting for ever (adr/0106).
  SELECT id, version FROM collections
  WHERE id = ANY (ARRAY(SELECT DISTINCT collection_id FROM given)) AND (gated_until IS NULL OR gated_until < now())
  FOR KEY SHARE SKIP LOCKED
), registered AS MATERIALIZED (
  -- Until the commit no reader closes the time of these changes; what is closed already is left out (adr/0067).
  SELECT datastore_register_changes(array_agg(at)) AS closed FROM given
), valid AS MATERIALIZED (
  SELECT given.* FROM given
  JOIN standing ON standing.id = given.collection_id AND standing.version = given.collection_version
  WHERE given.at > (SELECT closed FROM registered)
)"""  # noqa: S608 - of constants

_WRITTEN: Final = f"""
added AS (
  INSERT INTO records ({_RECORD})
  SELECT {_NEW}
  FROM valid WHERE is_last AND expected = 0
  ON CONFLICT (id) DO NOTHING
  RETURNING id
), free AS MATERIALIZED (
  -- One that a long transaction locks delays no writer here.
  SELECT records.id FROM valid JOIN records ON records.id = valid.record_id AND records.version = valid.expected
  WHERE valid.is_last AND valid.expected > 0
  FOR NO KEY UPDATE OF records SKIP LOCKED
), changed AS (
  UPDATE records SET
    version = valid.version, {listed([f"{name} = valid.{name}" for name in STORED_NAMES])},
    updated_at = valid.at, deleted_at = valid.deleted_at
  FROM valid
  WHERE records.id = valid.record_id AND valid.is_last AND (valid.record_id IN (SELECT id FROM free)) IS TRUE
  RETURNING records.id
), done AS (
  SELECT id FROM added UNION ALL SELECT id FROM changed
), logged AS (
  -- After the record itself is written, and so locked: its versions are numbered in their order (adr/0040), and so is
  -- what happens in a unit of work.
  INSERT INTO revisions ({_REVISION})
  SELECT {_REVISION}
  FROM valid WHERE (record_id IN (SELECT id FROM done)) IS TRUE
  ORDER BY number
), untagged AS (
  DELETE FROM record_tags USING valid
  WHERE record_tags.record_id = valid.record_id AND valid.is_last AND record_tags.tag_id <> ALL (valid.tag_ids)
    AND (valid.record_id IN (SELECT id FROM changed)) IS TRUE
), tagged AS (
  INSERT INTO record_tags (record_id, tag_id)
  SELECT record_id, unnest(tag_ids) FROM valid WHERE is_last AND (record_id IN (SELECT id FROM done)) IS TRUE
  ON CONFLICT DO NOTHING
)
SELECT id FROM done
"""  # noqa: S608 - of constants

WRITE: Final = f"{_CHECKED}, {_WRITTEN}"
"""Writes each record that is as expected, with its history, and returns its id; leaves out the others.

With `IS TRUE`, ids are looked up in a hash. PostgreSQL does not know how many records are given, assumes one, and
would otherwise compare each with each.
"""

WRITE_LOCKED: Final = f"{_GIVEN}, valid AS MATERIALIZED (SELECT * FROM given), {_WRITTEN}"  # noqa: S608 - of constants
"""The same in a transaction that has locked the collections and registered the time of its changes already."""

ADD: Final = f"""
{_CHECKED}, whole AS MATERIALIZED (
  SELECT * FROM valid WHERE (SELECT count(*) FROM valid) = (SELECT count(*) FROM given)
), added AS (
  INSERT INTO records ({_RECORD})
  SELECT {_NEW}
  FROM whole WHERE is_last
  RETURNING id
), logged AS (
  INSERT INTO revisions ({_REVISION})
  SELECT {_REVISION}
  FROM whole
  ORDER BY number
), tagged AS (
  INSERT INTO record_tags (record_id, tag_id) SELECT record_id, unnest(tag_ids) FROM whole WHERE is_last
)
SELECT id FROM added LIMIT 1
"""  # noqa: S608 - of constants
"""Does the same with new records, all or none, and returns one id on success; fails if an id exists.

It does not look for existing records, nor compute which ones were written. No other transaction can write a version
of a record before this one commits, so versions are numbered in order.
"""
