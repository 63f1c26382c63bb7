"""Records in the normalised tables."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, any_, bindparam, cast, delete, func, literal, select, text, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from datastore_service.application.json_codec import encode
from datastore_service.domain.collections.repository import CollectionRepository
from datastore_service.domain.errors import RecordExists
from datastore_service.domain.json_value import Json
from datastore_service.domain.records.content import Content
from datastore_service.domain.records.events import RecordChanged
from datastore_service.domain.records.record import Record
from datastore_service.infrastructure.database.schema.models import CollectionRow, RecordRow, RecordTagRow, TagRow
from datastore_service.infrastructure.database.schema.record_columns import STORED_NAMES
from datastore_service.infrastructure.database.schema.record_rows import record_of
from datastore_service.infrastructure.database.write.repositories.bulk import RecordChange, SqlBulk
from datastore_service.infrastructure.database.write.repositories.revisions import SqlRevisionLog

_FEW: Final = 3
"""Up to this many records are added one by one, which is then faster."""

_records = RecordRow.__table__
_collections = CollectionRow.__table__
_tags = TagRow.__table__
_record_tags = RecordTagRow.__table__


def _jsonb(value: Json) -> object:
    # As text, so that PostgreSQL reads every digit, and JSON's null does not become NULL.
    return cast(literal(encode(value).decode(), Text), JSONB)


def _stored(content: Content) -> dict[str, object]:
    """Returns the members of the content that are columns of the table."""
    return {**{name: getattr(content, name) for name in STORED_NAMES}, "payload": _jsonb(content.payload)}


class SqlRecordRepository:
    """The records in one transaction.

    Records that were got together are held: they are read once, and their changes are written together.
    """

    def __init__(self, connection: AsyncConnection, collections: CollectionRepository, began_at: datetime) -> None:
        self._connection = connection
        self._collections = collections
        self._began_at = began_at
        self._log = SqlRevisionLog(connection)
        self._bulk = SqlBulk(connection)
        self.events: list[RecordChanged] = []
        self._held: dict[UUID, Record | None] = {}
        self._unwritten: dict[UUID, Record] = {}
        self._changes: list[RecordChange] = []

    async def get(self, record_id: UUID) -> Record | None:
        if record_id in self._held:
            return self._held[record_id]
        found = await self._connection.execute(_LOCKED_RECORD, {"record_id": record_id})
        row = found.mappings().one_or_none()
        if row is None:
            return None
        tags = await self._connection.scalars(_TAGS_OF_RECORD, {"record_id": record_id})
        return record_of({**row, "tags": tags})

    async def add(self, record: Record) -> None:
        await self.flush()
        added = await self._connection.execute(
            insert(_records)
            .values(
                id=record.id,
                collection_id=await self._collections.id_of(record.collection, record.created_at),
                version=record.version,
                **_stored(record.content),
                created_at=record.created_at,
                updated_at=record.updated_at,
            )
            .on_conflict_do_nothing(index_elements=[_records.c.id])
            .returning(_records.c.id)
        )
        if added.one_or_none() is None:
            # It may have been created after it was looked up.
            self._held.pop(record.id, None)
            raise RecordExists(record.id)
        await self._add_tags(record)
        await self._note_events(record)
        if record.id in self._held:
            self._held[record.id] = record

    async def save(self, record: Record) -> None:
        if record.id in self._held:
            self._unwritten[record.id] = record
            self._changes += [(record, change) for change in record.events]
            self._tell_of([record])
            return
        await self._write(record)
        await self._note_events(record)

    async def flush(self) -> None:
        """Writes the changes of the held records."""
        records, changes = self._unwritten, self._changes
        self._unwritten, self._changes = {}, []
        if len(records) > _FEW:
            await self._bulk.save(changes, records.values(), await self._collection_ids(records.values()))
            return
        for record in records.values():
            await self._write(record)
        await self._log.append([change for _, change in changes])

    async def _write(self, record: Record) -> None:
        await self._connection.execute(
            update(_records)
            .where(_records.c.id == record.id)
            .values(
                version=record.version,
                **_stored(record.content),
                updated_at=record.updated_at,
                deleted_at=record.deleted_at,
            )
        )
        await self._connection.execute(delete(_record_tags).where(_record_tags.c.record_id == record.id))
        await self._add_tags(record)

    async def get_all(self, record_ids: Collection[UUID]) -> Mapping[UUID, Record]:
        unread = [record_id for record_id in record_ids if record_id not in self._held]
        if unread:
            found = await self._read_all(unread)
            self._held |= {record_id: found.get(record_id) for record_id in unread}
        return {record_id: record for record_id in record_ids if (record := self._held[record_id])}

    async def _read_all(self, record_ids: Sequence[UUID]) -> Mapping[UUID, Record]:
        ids = {"record_ids": record_ids}
        rows = (await self._connection.execute(_LOCKED_RECORDS, ids)).mappings().all()
        tags: dict[UUID, list[str]] = {}
        for row in await self._connection.execute(_TAGS_OF_RECORDS, ids):
            tags.setdefault(row.record_id, []).append(row.name)
        return {row["id"]: record_of({**row, "tags": tags.get(row["id"], ())}) for row in rows}

    async def add_all(self, records: Sequence[Record]) -> Collection[UUID]:
        if len(records) <= _FEW:
            return [record.id for record in records if not await self._is_added(record)]
        await self.flush()
        taken = await self._bulk.add(records, await self._collection_ids(records))
        added = [record for record in records if record.id not in taken]
        self._tell_of(added)
        self._held |= {record.id: record for record in added if record.id in self._held}
        for record_id in taken:
            self._held.pop(record_id, None)
        return taken

    async def save_all(self, records: Sequence[Record]) -> None:
        if records:
            await self.flush()
            changes = [(record, change) for record in records for change in record.events]
            await self._bulk.save(changes, records, await self._collection_ids(records))
            self._tell_of(records)

    async def _is_added(self, record: Record) -> bool:
        try:
            await self.add(record)
        except RecordExists:
            return False
        return True

    async def _collection_ids(self, records: Collection[Record]) -> dict[str, UUID]:
        # In the order of names, so that transactions do not deadlock on new collections.
        since = {record.collection: record.created_at for record in records}
        return {name: await self._collections.id_of(name, since[name]) for name in sorted(since)}

    def _tell_of(self, records: Sequence[Record]) -> None:
        for record in records:
            if any(change.at < self._began_at for change in record.events):
                # Readers as of that time may have had their responses already.
                raise RuntimeError("A change has taken its time before its unit of work began.")
            self.events += record.events
            record.events.clear()

    async def _note_events(self, record: Record) -> None:
        await self._log.append(record.events)
        self._tell_of([record])

    async def _add_tags(self, record: Record) -> None:
        if not record.tags:
            return
        names = literal(list(record.tags), ARRAY(Text))
        # In the order of names, as everywhere, so that transactions do not deadlock on tags.
        new = insert(_tags).from_select(["name"], select(func.unnest(names)))
        await self._connection.execute(new.on_conflict_do_nothing(index_elements=[_tags.c.name]))
        of_record = select(literal(record.id, Uuid), _tags.c.id).where(_tags.c.name == any_(names))
        await self._connection.execute(insert(_record_tags).from_select(["record_id", "tag_id"], of_record))


_records_in_full = select(
    _records.c.id,
    _collections.c.name.label("collection"),
    _records.c.version,
    *(cast(_records.c[name], Text).label(name) if name == "payload" else _records.c[name] for name in STORED_NAMES),
    _records.c.created_at,
    _records.c.updated_at,
    _records.c.deleted_at,
).join(_collections)
_id = bindparam("record_id", type_=Uuid)

# The collection first, as everywhere, and shared by all writers of its records: a transaction that holds it exclusively
# never waits for one of its records (adr/0050). Clauses apply in their order, and SQLAlchemy supports only one.
_locked_in_full = _records_in_full.with_for_update(read=True, key_share=True, of=_collections).suffix_with(
    text(f"FOR UPDATE OF {_records.name}")
)
_LOCKED_RECORD = _locked_in_full.where(_records.c.id == _id)

_ids = bindparam("record_ids", type_=ARRAY(Uuid))
# In the order of ids, as everywhere, so that transactions do not deadlock on records.
_LOCKED_RECORDS = _locked_in_full.where(_records.c.id == any_(_ids)).order_by(_records.c.id)

_tags_of = select(_record_tags.c.record_id, _tags.c.name).join(_tags).order_by(_tags.c.name.collate("C"))
_TAGS_OF_RECORD = _tags_of.with_only_columns(_tags.c.name, maintain_column_froms=True).where(
    _record_tags.c.record_id == _id
)
_TAGS_OF_RECORDS = _tags_of.where(_record_tags.c.record_id == any_(_ids))
