"""The typed collections, from their view."""

import asyncio
import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import ARRAY, Text, any_, bindparam, cast, func, literal, select

from datastore_service.application.json_codec import decode
from datastore_service.application.limits import Limits
from datastore_service.application.read.ports.typed_collections import TypedEntry, TypedState
from datastore_service.domain.errors import DomainError
from datastore_service.domain.typed.model import Claim
from datastore_service.domain.typed.typed_collection import typed_collection
from datastore_service.infrastructure.database.engine.pool import Row
from datastore_service.infrastructure.database.engine.pools import ReadPool
from datastore_service.infrastructure.database.read.readers.pages import read_rows
from datastore_service.infrastructure.database.schema.collection_apis import api_of
from datastore_service.infrastructure.database.schema.views import (
    collection_view,
    graphql_name_view,
    schema_state_view,
)

_log = logging.getLogger(__name__)

_number = func.coalesce(select(schema_state_view.c.number).scalar_subquery(), 0).label("number")
_NUMBER: Final = select(_number)
# One row comes in any case, as the number does; one statement, and so one snapshot.
_one = select(literal(1).label("one")).subquery()
_CURRENT: Final = (
    select(
        _number,
        collection_view.c.id,
        collection_view.c.name,
        cast(collection_view.c.schema, Text).label("schema"),
        cast(collection_view.c.api, Text).label("api"),
        collection_view.c.schema_number,
        collection_view.c.version,
        collection_view.c.typed_since,
    )
    .select_from(_one.outerjoin(collection_view, collection_view.c.api.is_not(None)))
    .order_by(collection_view.c.name.collate("C"))
)
_OF_OTHERS: Final = (
    select(graphql_name_view.c.name, graphql_name_view.c.owner, graphql_name_view.c.structure)
    .join_from(graphql_name_view, collection_view, collection_view.c.id == graphql_name_view.c.collection_id)
    .where(
        graphql_name_view.c.name == any_(bindparam("names", type_=ARRAY(Text))),
        collection_view.c.name != bindparam("collection", type_=Text),
    )
)


class SqlTypedCollections:
    """Reads `collection_view` through the read pool, and keeps what it has mapped."""

    def __init__(self, engine: ReadPool, limits: Limits) -> None:
        self._engine = engine
        self._limits = limits
        self._mapped: dict[str, TypedEntry | None] = {}

    async def current(self) -> TypedState:
        rows = await read_rows(self._engine, _CURRENT)
        found = [row for row in rows if row.name is not None]
        mapped = await asyncio.to_thread(lambda: {row.name: self._entry(row) for row in found})
        self._mapped = mapped
        return TypedState(rows[0].number, [entry for entry in mapped.values() if entry is not None])

    async def number(self) -> int:
        return (await read_rows(self._engine, _NUMBER))[0].number

    def _entry(self, row: Row) -> TypedEntry | None:
        known = self._mapped.get(row.name)
        if known is not None and (known.id, known.schema_number) == (row.id, row.schema_number):
            return replace(known, version=row.version)
        schema = decode(row.schema.encode())
        try:
            mapped = typed_collection(row.name, schema, api_of(row.api), self._limits.typing)
        except DomainError as error:
            _log.warning("The collection %r has no types in this release: %s", row.name, error.detail)
            return None
        return TypedEntry(
            id=row.id,
            collection=mapped.collection,
            schema=schema,
            schema_number=row.schema_number,
            version=row.version,
            typed_since=row.typed_since,
        )


@dataclass(frozen=True, slots=True)
class SqlClaimedNames:
    """Reads `graphql_name_view` through the read pool."""

    engine: ReadPool

    async def of_others(self, collection: str, names: Collection[str]) -> Mapping[str, Claim]:
        rows = await read_rows(self.engine, _OF_OTHERS, collection=collection, names=[*names])
        return {row.name: Claim("", row.owner, row.structure) for row in rows}
