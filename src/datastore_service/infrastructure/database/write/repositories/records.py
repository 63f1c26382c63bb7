"""Records in the normalised tables."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, any_, bindparam, cast, func, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from datastore_service.application.request_context import current_context
from datastore_service.domain.collections.collection import NO_RULES
from datastore_service.domain.collections.repository import CollectionRepository
from datastore_service.domain.errors import RecordExists
from datastore_service.domain.records.events import RecordChanged
from datastore_service.domain.records.record import Record
from datastore_service.infrastructure.database.schema.models import CollectionRow, RecordRow, RecordTagRow, TagRow
from datastore_service.infrastructure.database.schema.record_columns import STORED_NAMES
from datastore_service.infrastructure.database.schema.record_rows import Columns, record_of
from datastore_service.infrastructure.database.write.changes import (
    WRITE_LOCKED,
    ChangeSet,
    KnownCollection,
    written_out,
)

_records = RecordRow.__table__
_collections = CollectionRow.__table__
_tags = TagRow.__table__
_record_tags = RecordTagRow.__table__


class SqlRecordRepository:
    """The records in one transaction.

    A record that was read is locked and held, so it is read once. Changes are written together, by the statement that
    also writes for units of work without locks: at the commit, or before new records are added.
    """

    def __init__(self, connection: AsyncConnection, collections: CollectionRepository, began_at: datetime) -> None:
        self._connection = connection
        self._collections = collections
        self._began_at = began_at
        self._held: dict[UUID, Record | None] = {}
        self._versions: dict[UUID, int] = {}
        self._collection_ids: dict[str, UUID] = {}
        self._unwritten: dict[UUID, Record] = {}
        self._changes = ChangeSet(current_context())
        self.events: list[RecordChanged] = []

    async def get(self, record_id: UUID) -> Record | None:
        if record_id not in self._held:
            found = await self._connection.execute(_LOCKED_RECORD, {"record_id": record_id})
            row = found.mappings().one_or_none()
            tags = row and await self._connection.scalars(_TAGS_OF_RECORD, {"record_id": record_id})
            self._hold(record_id, row and {**row, "tags": tags})
        return self._held[record_id]

    async def get_all(self, record_ids: Collection[UUID]) -> Mapping[UUID, Record]:
        unread = [record_id for record_id in record_ids if record_id not in self._held]
        if unread:
            ids = {"record_ids": unread}
            rows = {row["id"]: row for row in (await self._connection.execute(_LOCKED_RECORDS, ids)).mappings()}
            tags: dict[UUID, list[str]] = {}
            for row in await self._connection.execute(_TAGS_OF_RECORDS, ids):
                tags.setdefault(row.record_id, []).append(row.name)
            for record_id in unread:
                row = rows.get(record_id)
                self._hold(record_id, row and {**row, "tags": tags.get(record_id, ())})
        return {record_id: record for record_id in record_ids if (record := self._held[record_id])}

    def _hold(self, record_id: UUID, row: Columns | None) -> None:
        if row is None:
            self._held[record_id] = None
            return
        self._held[record_id] = record_of(row)
        self._versions[record_id] = row["version"]
        self._collection_ids[row["collection"]] = row["collection_id"]

    async def add(self, record: Record) -> None:
        if await self.add_all([record]):
            raise RecordExists(record.id)

    async def add_all(self, records: Sequence[Record]) -> Collection[UUID]:
        await self.flush()
        # In the order of names, so that transactions do not deadlock on new collections.
        since = {record.collection: record.created_at for record in records}
        for name in sorted(since):
            self._collection_ids[name] = await self._collections.id_of(name, since[name])
        for record in records:
            self._versions[record.id] = 0
            self._note(record)
        added = await self._write()
        taken = {record.id for record in records if record.id not in added}
        for record in records:
            if record.id in taken:
                # It may have been created after it was looked up.
                self._held.pop(record.id, None)
            else:
                self._tell_of(record)
        return taken

    async def save(self, record: Record) -> None:
        self._note(record)
        self._tell_of(record)

    async def save_all(self, records: Sequence[Record]) -> None:
        for record in records:
            await self.save(record)

    async def flush(self) -> None:
        """Writes the changes that were saved.

        Raises:
            RuntimeError: This transaction has changed a record without this repository.
        """
        saved = [*self._unwritten]
        written = await self._write()
        if missing := [record_id for record_id in saved if record_id not in written]:
            raise RuntimeError(f"These records were changed without their repository: {missing}.")

    def _note(self, record: Record) -> None:
        if not record.events:
            return
        if any(change.at < self._began_at for change in record.events):
            # Readers as of that time may have had their responses already.
            raise RuntimeError("A change has taken its time before its unit of work began.")
        collection = KnownCollection(self._collection_ids[record.collection], None, NO_RULES)
        self._changes.note(record, self._versions[record.id], collection, ())
        self._unwritten[record.id] = record

    def _tell_of(self, record: Record) -> None:
        self.events += record.events
        record.events.clear()
        self._held[record.id] = record

    async def _write(self) -> Collection[UUID]:
        """Writes the noted changes, and returns the ids of the written records."""
        changes, records = self._changes, self._unwritten
        if not records:
            return ()
        self._changes, self._unwritten = ChangeSet(changes.context), {}
        tags = await self._tag_ids({tag for record in records.values() for tag in record.tags})
        for record_id, record in records.items():
            changes.records[record_id].tags = [tags[name] for name in record.tags]
            self._versions[record_id] = record.version
        rows = await self._connection.exec_driver_sql(WRITE_LOCKED, (written_out([changes]),))
        return set(rows.scalars())

    async def _tag_ids(self, names: Iterable[str]) -> Mapping[str, int]:
        """Returns the ids of the tags, which are made if they are new."""
        wanted = set(names)
        known = await self._known_tags(wanted)
        if new := wanted - known.keys():
            # In the order of names, as everywhere, so that transactions do not deadlock on tags.
            await self._connection.execute(_ADD_TAGS, {"names": sorted(new, key=str.encode)})
            known |= await self._known_tags(new)
        return known

    async def _known_tags(self, names: Collection[str]) -> dict[str, int]:
        rows = await self._connection.execute(_IDS_OF_TAGS, {"names": [*names]}) if names else ()
        return {row.name: row.id for row in rows}


_names = bindparam("names", type_=ARRAY(Text))
_ADD_TAGS: Final = (
    insert(_tags)
    .from_select(["name"], select(func.unnest(_names)))
    .on_conflict_do_nothing(index_elements=[_tags.c.name])
)
_IDS_OF_TAGS: Final = select(_tags.c.id, _tags.c.name).where(_tags.c.name == any_(_names))

_records_in_full = select(
    _records.c.id,
    _records.c.collection_id,
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
