"""Changes of the types of collections: the lock that they take in turn, their number, and their names."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import ARRAY, Text, Uuid, any_, bindparam, cast, delete, func, select, text, true
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from datastore_service.application.ports.documents import Document
from datastore_service.application.views import JsonText
from datastore_service.domain.collections.collection import Collection
from datastore_service.domain.typed.errors import NameTaken
from datastore_service.domain.typed.model import Claim
from datastore_service.domain.typed.names import taken_by_others
from datastore_service.infrastructure.database.engine.transaction_ids import TransactionId
from datastore_service.infrastructure.database.schema.models import (
    CollectionRow,
    GraphqlNameRow,
    RecordRow,
    RevisionRow,
    SchemaStateRow,
)

_collections = CollectionRow.__table__
_names = GraphqlNameRow.__table__
_records = RecordRow.__table__
_revisions = RevisionRow.__table__
_state = SchemaStateRow.__table__

CHANNEL: Final = "datastore_schema"

# The key that `datastore_begin_changes` waits for (migration 0021).
_BEGIN: Final = text("SELECT pg_advisory_xact_lock(3025420)")
_COUNT_UP: Final = (
    insert(_state)
    .values(id=true(), number=1)
    .on_conflict_do_update(index_elements=[_state.c.id], set_={"number": _state.c.number + 1})
    .returning(_state.c.number)
)
_NOTIFY: Final = select(func.pg_notify(CHANNEL, bindparam("number", type_=Text)))
_of_collection = bindparam("collection_id", type_=Uuid())
_SINCE: Final = select(
    func.greatest(func.clock_timestamp(), func.max(_records.c.updated_at) + text("interval '1 microsecond'"))
).where(_records.c.collection_id == _of_collection)
_WRITTEN: Final = (
    select(_records.c.id, _records.c.version, cast(_records.c.payload, Text).label("payload"))
    .where(
        _records.c.collection_id == _of_collection,
        _records.c.deleted_at.is_(None),
        _records.c.id > bindparam("after"),
        _records.c.id.in_(
            select(_revisions.c.record_id).where(
                _revisions.c.xid >= bindparam("mark", type_=TransactionId),
                _revisions.c.collection_id == _of_collection,
            )
        ),
    )
    .order_by(_records.c.id)
    .limit(bindparam("size"))
)
_TYPED: Final = (
    select(func.count())
    .select_from(_collections)
    .where(_collections.c.api.is_not(None), _collections.c.name != bindparam("name"))
)
_OTHERS: Final = select(_names.c.name, _names.c.owner, _names.c.structure).where(
    _names.c.name == any_(bindparam("names", type_=ARRAY(Text))), _names.c.collection_id != _of_collection
)
_RELEASE: Final = delete(_names).where(_names.c.collection_id == _of_collection)


class SqlTypeChanges:
    """The changes of types in one transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def begin(self) -> None:
        await self._connection.execute(_BEGIN)

    async def written_since(self, collection: Collection, mark: str, size: int) -> AsyncGenerator[Sequence[Document]]:
        after, found = UUID(int=0), size
        while found == size:
            values = {"collection_id": collection.id, "mark": int(mark), "after": after, "size": size}
            rows = (await self._connection.execute(_WRITTEN, values)).all()
            found = len(rows)
            if rows:
                after = rows[-1].id
                yield [Document(row.id, row.version, JsonText(row.payload)) for row in rows]

    async def since(self, collection: Collection) -> datetime:
        return (await self._connection.execute(_SINCE, {"collection_id": collection.id})).scalar_one()

    async def others(self, name: str) -> int:
        return (await self._connection.execute(_TYPED, {"name": name})).scalar_one()

    async def next_number(self) -> int:
        number = (await self._connection.execute(_COUNT_UP)).scalar_one()
        await self._connection.execute(_NOTIFY, {"number": str(number)})
        return number

    async def claim(self, collection: Collection, names: Mapping[str, Claim]) -> None:
        values = {"collection_id": collection.id, "names": [*names]}
        rows = await self._connection.execute(_OTHERS, values)
        others = {row.name: Claim("", row.owner, row.structure) for row in rows}
        if taken := taken_by_others(names, others):
            raise NameTaken(taken)
        await self._connection.execute(_RELEASE, {"collection_id": collection.id})
        if names:
            claims = [
                {"name": name, "collection_id": collection.id, "owner": claim.owner, "structure": claim.structure}
                for name, claim in names.items()
            ]
            await self._connection.execute(insert(_names), claims)
