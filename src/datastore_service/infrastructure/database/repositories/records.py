"""Records in the normalised tables."""

from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, any_, bindparam, cast, delete, func, literal, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from datastore_service.application.json_codec import decode, encode
from datastore_service.domain.collections.repository import CollectionRepository
from datastore_service.domain.errors import RecordExists
from datastore_service.domain.json_value import Json
from datastore_service.domain.records.events import RecordChanged
from datastore_service.domain.records.record import Record
from datastore_service.infrastructure.database.models import CollectionRow, RecordRow, RecordTagRow, TagRow
from datastore_service.infrastructure.database.repositories.revisions import SqlRevisionLog

_records = RecordRow.__table__
_collections = CollectionRow.__table__
_tags = TagRow.__table__
_record_tags = RecordTagRow.__table__


def _jsonb(value: Json) -> object:
    # As text: PostgreSQL reads each digit, and a JSON null does not become an SQL NULL.
    return cast(literal(encode(value).decode(), Text), JSONB)


class SqlRecordRepository:
    """The records as one transaction sees them."""

    def __init__(self, connection: AsyncConnection, collections: CollectionRepository) -> None:
        self._connection = connection
        self._collections = collections
        self._log = SqlRevisionLog(connection)
        self.events: list[RecordChanged] = []

    async def get(self, record_id: UUID) -> Record | None:
        found = await self._connection.execute(_LOCKED_RECORD, {"record_id": record_id})
        row = found.one_or_none()
        if row is None:
            return None
        tags = await self._connection.scalars(_TAGS_OF_RECORD, {"record_id": record_id})
        return Record(
            id=record_id,
            collection=row.collection,
            version=row.version,
            payload=decode(row.payload.encode()),
            tags=tuple(tags),
            created_at=row.created_at,
            updated_at=row.updated_at,
            deleted_at=row.deleted_at,
        )

    async def add(self, record: Record) -> None:
        added = await self._connection.execute(
            insert(_records)
            .values(
                id=record.id,
                collection_id=await self._collections.id_of(record.collection, record.created_at),
                version=record.version,
                payload=_jsonb(record.payload),
                created_at=record.created_at,
                updated_at=record.updated_at,
            )
            .on_conflict_do_nothing(index_elements=[_records.c.id])
            .returning(_records.c.id)
        )
        if added.one_or_none() is None:
            raise RecordExists(record.id)
        await self._add_tags(record)
        await self._note_events(record)

    async def save(self, record: Record) -> None:
        await self._connection.execute(
            update(_records)
            .where(_records.c.id == record.id)
            .values(
                version=record.version,
                payload=_jsonb(record.payload),
                updated_at=record.updated_at,
                deleted_at=record.deleted_at,
            )
        )
        await self._connection.execute(delete(_record_tags).where(_record_tags.c.record_id == record.id))
        await self._add_tags(record)
        await self._note_events(record)

    async def _note_events(self, record: Record) -> None:
        await self._log.append(record.events)
        self.events += record.events
        record.events.clear()

    async def _add_tags(self, record: Record) -> None:
        if not record.tags:
            return
        names = literal(list(record.tags), ARRAY(Text))
        # In order of their names, as everywhere: so no two transactions wait for each other's tags.
        new = insert(_tags).from_select(["name"], select(func.unnest(names)))
        await self._connection.execute(new.on_conflict_do_nothing(index_elements=[_tags.c.name]))
        of_record = select(literal(record.id, Uuid), _tags.c.id).where(_tags.c.name == any_(names))
        await self._connection.execute(insert(_record_tags).from_select(["record_id", "tag_id"], of_record))


_LOCKED_RECORD = (
    select(
        _collections.c.name.label("collection"),
        _records.c.version,
        cast(_records.c.payload, Text).label("payload"),
        _records.c.created_at,
        _records.c.updated_at,
        _records.c.deleted_at,
    )
    .join(_collections)
    .where(_records.c.id == bindparam("record_id", type_=Uuid))
    .with_for_update(of=_records)
)

_TAGS_OF_RECORD = (
    select(_tags.c.name)
    .join(_record_tags)
    .where(_record_tags.c.record_id == bindparam("record_id", type_=Uuid))
    .order_by(_tags.c.name.collate("C"))
)
