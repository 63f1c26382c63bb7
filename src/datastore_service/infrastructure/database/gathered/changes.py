"""What a unit of work changes, and the one statement that makes the changes of many."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from datastore_service.application.json_codec import encode
from datastore_service.application.origin import Origin
from datastore_service.domain.records.events import RecordChanged
from datastore_service.domain.records.record import Record


@dataclass(frozen=True, slots=True)
class KnownCollection:
    """A collection as it was when somebody looked."""

    id: UUID
    version: int
    schema: Any


@dataclass(slots=True, kw_only=True)
class ChangedRecord:
    """What becomes of one record.

    Attributes:
        expected: The version that it has to have before; 0 if there is none yet.
        tags: The ids of the tags that it has afterwards.
        events: What happens to it, in order; the last one leaves it as it then is.
    """

    expected: int
    collection: KnownCollection
    created_at: datetime
    deleted_at: datetime | None = None
    tags: Sequence[int] = ()
    events: list[RecordChanged] = field(default_factory=list[RecordChanged])


@dataclass(slots=True)
class ChangeSet:
    """All that one unit of work changes, by the records' ids, and on whose behalf."""

    origin: Origin
    records: dict[UUID, ChangedRecord] = field(default_factory=dict[UUID, ChangedRecord])

    @property
    def only_adds(self) -> bool:
        """Whether there is none of the records yet."""
        return not any(changed.expected for changed in self.records.values())

    def note(self, record: Record, expected: int, collection: KnownCollection, tags: Sequence[int]) -> None:
        """Takes over what has happened to a record."""
        changed = self.records.get(record.id)
        if changed is None:
            changed = ChangedRecord(expected=expected, collection=collection, created_at=record.created_at)
            self.records[record.id] = changed
        changed.deleted_at, changed.tags = record.deleted_at, tags
        changed.events += record.events


def arguments_of(sets: Iterable[ChangeSet]) -> list[list[Any]]:
    """Returns the arguments of `WRITE` for these sets, no two of which change the same record.

    The records are in the order of their ids, as everywhere: so no two transactions wait for each other's.
    """
    changes = sorted(
        ((record_id, changed, changes.origin) for changes in sets for record_id, changed in changes.records.items()),
        key=lambda change: change[0].int,
    )
    rows = [
        (
            record_id,
            changed.collection.id,
            changed.collection.version,
            changed.expected,
            event.version,
            event.operation,
            encode(event.payload).decode(),
            encode(list(event.tags)).decode(),
            origin.actor.id,
            origin.correlation_id,
            event.at,
            changed.created_at,
            changed.deleted_at,
            event is changed.events[-1],
        )
        for record_id, changed, origin in changes
        for event in changed.events
    ]
    tagged = [(record_id, tag) for record_id, changed, _ in changes for tag in changed.tags]
    return [
        *([list(column) for column in zip(*rows, strict=True)]),
        [record_id for record_id, _ in tagged],
        [tag for _, tag in tagged],
    ]


_VALID: Final = """
WITH given AS MATERIALIZED (
  SELECT * FROM unnest(
    $1::uuid[], $2::uuid[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::text[], $8::text[], $9::text[],
    $10::text[], $11::timestamptz[], $12::timestamptz[], $13::timestamptz[], $14::boolean[]
  ) AS given(
    record_id, collection_id, collection_version, expected, version, operation, payload, tags, actor,
    correlation_id, at, created_at, deleted_at, is_last
  )
), wanted AS MATERIALIZED (
  SELECT unnest($15::uuid[]) AS record_id, unnest($16::bigint[]) AS tag_id
), standing AS MATERIALIZED (
  -- Shared with all who write records of it; whoever changes or removes it makes them wait, elsewhere.
  SELECT id, version FROM collections WHERE id = ANY ($2::uuid[]) FOR KEY SHARE SKIP LOCKED
), valid AS MATERIALIZED (
  SELECT given.* FROM given
  JOIN standing ON standing.id = given.collection_id AND standing.version = given.collection_version
), added AS (
  INSERT INTO records (id, collection_id, version, payload, created_at, updated_at, deleted_at)
  SELECT record_id, collection_id, version, payload::jsonb, created_at, at, deleted_at
  FROM valid WHERE is_last AND expected = 0
  ON CONFLICT (id) DO NOTHING
  RETURNING id
)"""

WRITE: Final = f"""
{_VALID}, free AS MATERIALIZED (
  -- One that is locked by a long transaction holds up nobody here.
  SELECT records.id FROM valid JOIN records ON records.id = valid.record_id AND records.version = valid.expected
  WHERE valid.is_last AND valid.expected > 0
  FOR NO KEY UPDATE OF records SKIP LOCKED
), changed AS (
  UPDATE records SET
    version = valid.version, payload = valid.payload::jsonb, updated_at = valid.at, deleted_at = valid.deleted_at
  FROM valid JOIN free ON free.id = valid.record_id
  WHERE records.id = valid.record_id AND valid.is_last
  RETURNING records.id
), done AS (
  SELECT id FROM added UNION ALL SELECT id FROM changed
), logged AS (
  -- After the record itself is written, and so locked: its versions are numbered in their order (adr/0040).
  INSERT INTO revisions (record_id, collection_id, version, operation, payload, tags, actor, correlation_id, at)
  SELECT
    record_id, collection_id, version, operation, payload::jsonb,
    ARRAY(SELECT jsonb_array_elements_text(tags::jsonb)), actor, correlation_id, at
  FROM done JOIN valid ON valid.record_id = done.id
  ORDER BY valid.version
), untagged AS (
  DELETE FROM record_tags USING changed
  WHERE record_tags.record_id = changed.id
    AND NOT EXISTS (
      SELECT FROM wanted WHERE wanted.record_id = record_tags.record_id AND wanted.tag_id = record_tags.tag_id
    )
), tagged AS (
  INSERT INTO record_tags (record_id, tag_id)
  SELECT wanted.record_id, wanted.tag_id FROM wanted JOIN done ON done.id = wanted.record_id
  ON CONFLICT DO NOTHING
)
SELECT id FROM done
"""  # noqa: S608 - of constants
"""Writes each record of which all is as expected, with its history, and returns its id; leaves out the others."""

ADD: Final = f"""
{_VALID}, logged AS (
  INSERT INTO revisions (record_id, collection_id, version, operation, payload, tags, actor, correlation_id, at)
  SELECT
    record_id, collection_id, version, operation, payload::jsonb,
    ARRAY(SELECT jsonb_array_elements_text(tags::jsonb)), actor, correlation_id, at
  FROM valid
  ORDER BY version
), tagged AS (
  INSERT INTO record_tags (record_id, tag_id) SELECT record_id, tag_id FROM wanted
)
SELECT id FROM added
"""  # noqa: S608 - of constants
"""Does the same with new records, of which it has to add all: where it leaves one out, or fails, nothing may remain.

It looks for no records that might be changed, and need not find out for which of them there is something to be noted.
Nobody else can write a version of a record before it is committed, so its versions are numbered in their order.
"""
