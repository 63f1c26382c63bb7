"""Writes many records at once: COPY into a temporary table, and a few statements from there."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Integer,
    MetaData,
    Table,
    Text,
    Uuid,
    any_,
    bindparam,
    delete,
    func,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.schema import CreateTable

from datastore_service.application.json_codec import encode
from datastore_service.application.request_context import current_context
from datastore_service.domain.records.content import Content
from datastore_service.domain.records.events import RecordChanged
from datastore_service.domain.records.record import Record
from datastore_service.infrastructure.database.engine.sql_engines import driver_of
from datastore_service.infrastructure.database.schema.models import RecordRow, RecordTagRow, RevisionRow, TagRow
from datastore_service.infrastructure.database.schema.record_columns import (
    CONTENT,
    CONTENT_NAMES,
    STORED_NAMES,
    content_of,
)

_records = RecordRow.__table__
_revisions = RevisionRow.__table__
_tags = TagRow.__table__
_record_tags = RecordTagRow.__table__

_staged = Table(
    "staged_changes",
    MetaData(),
    Column("number", Integer, nullable=False),
    Column("record_id", Uuid, nullable=False),
    Column("collection_id", Uuid, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("operation", Text, nullable=False),
    *(column.column() for column in CONTENT),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("deleted_at", DateTime(timezone=True)),
    Column("is_last", Boolean, nullable=False),
    prefixes=["TEMPORARY"],
    postgresql_on_commit="DELETE ROWS",
)
"""The changes of each record; the last one has the final state."""

_COLUMNS: Final = tuple(column.name for column in _staged.columns)


type RecordChange = tuple[Record, RecordChanged]
"""A record, and one of its changes."""


class SqlBulk:
    """Changes of many records in one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, records: Sequence[Record], collections: Mapping[str, UUID]) -> set[UUID]:
        """Adds new records with their tags and revisions, and returns the ids that existed already."""
        changes = [(record, change) for record in records for change in record.events]
        await self._stage(changes, collections)
        added = await self._connection.scalars(_ADD_RECORDS)
        taken = {record.id for record in records} - set(added)
        if taken:
            await self._connection.execute(delete(_staged).where(_staged.c.record_id.in_(taken)))
        await self._add_tags(records)
        await self._append_revisions()
        return taken

    async def save(
        self, changes: Sequence[RecordChange], records: Collection[Record], collections: Mapping[str, UUID]
    ) -> None:
        """Writes existing, locked records with their tags and, in this order, their revisions."""
        await self._stage(changes, collections)
        await self._connection.execute(_SAVE_RECORDS)
        await self._connection.execute(_DROP_TAGS)
        await self._add_tags(records)
        await self._append_revisions()

    async def _stage(self, changes: Sequence[RecordChange], collections: Mapping[str, UUID]) -> None:
        await self._connection.execute(CreateTable(_staged, if_not_exists=True))
        await self._connection.execute(text(f"TRUNCATE {_staged.name}"))
        async with driver_of(self._connection) as driver:
            await driver.copy_records_to_table(_staged.name, records=_rows(changes, collections), columns=_COLUMNS)

    async def _add_tags(self, records: Collection[Record]) -> None:
        if any(record.tags for record in records):
            await self._connection.execute(_ADD_TAGS)
            await self._connection.execute(_TAG_RECORDS)

    async def _append_revisions(self) -> None:
        context = current_context()
        made_by = {"actor": context.actor.id, "correlation_id": context.correlation_id}
        await self._connection.execute(_APPEND_REVISIONS, made_by)


def _rows(changes: Sequence[RecordChange], collections: Mapping[str, UUID]) -> Iterator[tuple[object, ...]]:
    for number, (record, change) in enumerate(changes):
        yield (
            number,
            record.id,
            collections[record.collection],
            change.version,
            change.operation,
            *_content(change.content),
            record.created_at,
            change.at,
            record.deleted_at,
            change.version == record.version,
        )


def _content(content: Content) -> Iterator[object]:
    for name in CONTENT_NAMES:
        value = getattr(content, name)
        yield encode(value).decode() if name == "payload" else value


_ADD_RECORDS = (
    insert(_records)
    .from_select(
        ["id", "collection_id", "version", *STORED_NAMES, "created_at", "updated_at"],
        select(
            _staged.c.record_id,
            _staged.c.collection_id,
            _staged.c.version,
            *(_staged.c[name] for name in STORED_NAMES),
            _staged.c.created_at,
            _staged.c.at,
        )
        .where(_staged.c.is_last)
        # In the order of ids, as everywhere, so that transactions do not deadlock on records.
        .order_by(_staged.c.record_id),
    )
    .on_conflict_do_nothing(index_elements=[_records.c.id])
    .returning(_records.c.id)
)

_SAVE_RECORDS = (
    update(_records)
    .where(_records.c.id == _staged.c.record_id, _staged.c.is_last)
    .values(
        version=_staged.c.version,
        **{name: _staged.c[name] for name in STORED_NAMES},
        updated_at=_staged.c.at,
        deleted_at=_staged.c.deleted_at,
    )
)

_DROP_TAGS = delete(_record_tags).where(_record_tags.c.record_id == _staged.c.record_id)

_names = select(func.unnest(_staged.c.tags).label("name")).where(_staged.c.is_last).distinct().subquery()
# In the order of names, as everywhere, so that transactions do not deadlock on tags.
_ADD_TAGS = (
    insert(_tags)
    .from_select(["name"], select(_names.c.name).order_by(_names.c.name.collate("C")))
    .on_conflict_do_nothing(index_elements=[_tags.c.name])
)
_TAG_RECORDS = insert(_record_tags).from_select(
    ["record_id", "tag_id"],
    select(_staged.c.record_id, _tags.c.id).join(_tags, _tags.c.name == any_(_staged.c.tags)).where(_staged.c.is_last),
)

# Each takes its number while its record's row is locked, as for a single change (adr/0040).
_APPEND_REVISIONS = insert(_revisions).from_select(
    ["record_id", "collection_id", "version", "operation", *CONTENT_NAMES, "actor", "correlation_id", "at"],
    select(
        _staged.c.record_id,
        _staged.c.collection_id,
        _staged.c.version,
        _staged.c.operation,
        *content_of(_staged),
        bindparam("actor", type_=Text),
        bindparam("correlation_id", type_=Text),
        _staged.c.at,
    ).order_by(_staged.c.number),
)
