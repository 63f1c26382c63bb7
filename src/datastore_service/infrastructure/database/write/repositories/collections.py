"""Collections in their table."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Text, bindparam, cast, delete, literal, null, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from datastore_service.application.errors import StoreUnavailable
from datastore_service.application.json_codec import decode, encode
from datastore_service.application.ports.identifiers import IdGenerator
from datastore_service.domain.collections.collection import NO_RULES, Collection, PayloadRules, Types
from datastore_service.domain.collections.retention import Retention
from datastore_service.domain.errors import CollectionExists, CollectionNotEmpty, CollectionNotFound
from datastore_service.domain.json_value import Json
from datastore_service.infrastructure.database.schema.collection_apis import api_of, api_text
from datastore_service.infrastructure.database.schema.models import CollectionRow, RecordRow
from datastore_service.infrastructure.database.schema.retention import retention_of

_collections = CollectionRow.__table__
_records = RecordRow.__table__

_schema_text = cast(_collections.c.schema, Text).label("schema_text")
_is_typed = _collections.c.api.is_not(None).label("is_typed")
BY_NAME: Final = select(_collections, _schema_text, cast(_collections.c.api, Text).label("api_text")).where(
    _collections.c.name == bindparam("name", type_=Text)
)
"""Finds a collection, of which `collection_of` makes the aggregate."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What a transaction knows about a collection."""

    id: UUID
    rules: PayloadRules


class SqlCollectionRepository:
    """The collections in one transaction; each is looked up once."""

    def __init__(self, connection: AsyncConnection, ids: IdGenerator) -> None:
        self._connection = connection
        self._ids = ids
        self._known: dict[str, _Known | None] = {}

    async def get(self, name: str) -> Collection | None:
        # FOR UPDATE before an UPDATE also stops writers with an older snapshot: they look at the newest version of the
        # row, and find another version of the collection there (adr/0106).
        found = await self._connection.execute(BY_NAME.with_for_update(), {"name": name})
        row = found.one_or_none()
        return None if row is None else collection_of(row)

    async def add(self, collection: Collection) -> None:
        added = await self._connection.execute(
            insert(_collections)
            .values(
                id=collection.id,
                name=collection.name,
                schema=_encoded(collection.schema),
                **_kept(collection),
                **_typed(collection),
                version=collection.version,
                created_at=collection.created_at,
                updated_at=collection.updated_at,
            )
            .on_conflict_do_nothing(index_elements=[_collections.c.name])
            .returning(_collections.c.id)
        )
        self._known.pop(collection.name, None)
        if added.one_or_none() is None:
            raise CollectionExists(collection.name)

    async def save(self, collection: Collection) -> None:
        self._known.pop(collection.name, None)
        await self._connection.execute(
            update(_collections)
            .where(_collections.c.id == collection.id)
            .values(
                schema=_encoded(collection.schema),
                version=collection.version,
                updated_at=collection.updated_at,
                **_kept(collection),
                **_typed(collection),
                gated_until=None,
            )
        )

    async def remove(self, collection: Collection) -> None:
        # The row lock delays new records, because their foreign key needs a share of the same lock.
        in_it = select(_records.c.id).where(_records.c.collection_id == collection.id).limit(1)
        if await self._connection.scalar(in_it) is not None:
            raise CollectionNotEmpty(collection.name)
        self._known.pop(collection.name, None)
        await self._connection.execute(delete(_collections).where(_collections.c.id == collection.id))

    async def rules_of(self, name: str) -> PayloadRules:
        known = await self._look_up(name)
        return NO_RULES if known is None else known.rules

    async def retention_of(self, name: str) -> Retention | None:
        query = select(_collections.c.kept_revisions, _collections.c.kept_days).where(_collections.c.name == name)
        row = (await self._connection.execute(query)).one_or_none()
        if row is None:
            raise CollectionNotFound(name)
        return retention_of(row.kept_revisions, row.kept_days)

    async def id_of(self, name: str, at: datetime) -> UUID:
        known = await self._look_up(name)
        if known is None:
            # Another transaction may be creating the collection: the insert waits for it, and then the collection
            # exists.
            new = insert(_collections).values(id=self._ids.new_id(), name=name, version=1, created_at=at, updated_at=at)
            await self._connection.execute(new.on_conflict_do_nothing(index_elements=[_collections.c.name]))
            self._known.pop(name)
            known = await self._look_up(name)
            if known is not None and known.rules.schema is not None:
                # Another transaction has made it, with a schema, and payloads were judged as if there were none.
                raise StoreUnavailable(f"The collection {name!r} has just been created.", gave_way=True)
        if known is None:
            raise LookupError(f"The collection {name!r} was created but does not exist.")
        return known.id

    async def _look_up(self, name: str) -> _Known | None:
        if name not in self._known:
            # Shared by writers of its records: the collection cannot be deleted or recreated before they have ended.
            query = select(_collections.c.id, _schema_text, _is_typed).where(_collections.c.name == name)
            query = query.with_for_update(read=True, key_share=True)
            row = (await self._connection.execute(query)).one_or_none()
            self._known[name] = None if row is None else _Known(row.id, _rules(row))
        return self._known[name]


def collection_of(row: Any) -> Collection:  # noqa: ANN401 - of SQLAlchemy, or of asyncpg
    """Returns the collection in a row that `BY_NAME` has found."""
    types = None
    if row.api_text is not None:
        types = Types(api=api_of(row.api_text), since=row.typed_since, number=row.schema_number)
    return Collection(
        id=row.id,
        name=row.name,
        schema=_decoded(row.schema_text),
        retention=retention_of(row.kept_revisions, row.kept_days),
        types=types,
        version=row.version,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


def _kept(collection: Collection) -> dict[str, int | None]:
    kept = collection.retention
    return {"kept_revisions": kept and kept.revisions, "kept_days": kept and kept.days}


def _typed(collection: Collection) -> dict[str, object]:
    types = collection.types
    return {
        "api": null() if types is None else cast(literal(api_text(types.api), Text), JSONB),
        "typed_since": types and types.since,
        "schema_number": types and types.number,
    }


def _rules(row: Row[Any, str, bool]) -> PayloadRules:
    return PayloadRules(_decoded(row.schema_text), is_typed=row.is_typed)


def _decoded(schema: str | None) -> Json:
    return None if schema is None else decode(schema.encode())


def _encoded(schema: Json) -> ColumnElement[Any]:
    return null() if schema is None else cast(literal(encode(schema).decode(), Text), JSONB)
