"""A process's cache of collections and tags, and its reads of records; nothing is locked."""

from collections.abc import Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final
from uuid import UUID

from sqlalchemy import ARRAY, Text, any_, bindparam, cast, select

from datastore_service.application.errors import QueryTimeout
from datastore_service.application.json_codec import decode
from datastore_service.application.write.attempts import NeedsLocks
from datastore_service.domain.collections.collection import PayloadRules
from datastore_service.domain.records.record import Record
from datastore_service.infrastructure.database.engine.error_translation import translate_database_errors
from datastore_service.infrastructure.database.engine.pool import Rows
from datastore_service.infrastructure.database.engine.pools import WritePool
from datastore_service.infrastructure.database.schema.models import CollectionRow, TagRow
from datastore_service.infrastructure.database.schema.record_rows import record_of
from datastore_service.infrastructure.database.schema.records_by_id import RecordsById
from datastore_service.infrastructure.database.write.changes import KnownCollection

_collections = CollectionRow.__table__
_tags = TagRow.__table__

_REMEMBERED: Final = 10_000


class MetadataCache:
    """Reads for units of work without locks; the commit checks that what was read is still current."""

    def __init__(self, pool: WritePool) -> None:
        self._pool = pool
        self._records = RecordsById(pool)
        self._collections: dict[str, KnownCollection] = {}
        self._tags: dict[str, int] = {}

    async def record(self, record_id: UUID) -> Record | None:
        """Returns the committed record or tombstone; concurrent reads share a query.

        Raises:
            NeedsLocks: It takes longer than units of work without locks may wait.
        """
        with _in_time():
            row = await self._records.one(record_id)
        return None if row is None else record_of(row)

    async def records(self, record_ids: Collection[UUID]) -> Mapping[UUID, Record]:
        """Returns the committed records and tombstones that exist."""
        with _in_time():
            rows = await self._records.those(record_ids)
        return {row.id: record_of(row) for row in rows}

    def get_cached(self, name: str) -> KnownCollection | None:
        """Returns the collection as it was last read, or None."""
        return self._collections.get(name)

    async def collection(self, name: str) -> KnownCollection | None:
        """Reads the collection, and caches it."""
        rows = await self._read(_COLLECTION, name=name)
        if not rows:
            return None
        schema = None if rows[0].schema is None else decode(rows[0].schema.encode())
        found = KnownCollection(rows[0].id, rows[0].version, PayloadRules(schema, is_typed=rows[0].is_typed))
        _remember(self._collections, {name: found})
        return found

    async def tag_ids(self, names: Sequence[str]) -> Sequence[int] | None:
        """Returns the ids of the tags, or None if one of them is new."""
        known = {name: self._tags[name] for name in names if name in self._tags}
        if unknown := [name for name in names if name not in known]:
            read = {row.name: row.id for row in await self._read(_TAGS, names=unknown)}
            _remember(self._tags, read)
            known |= read
        return [known[name] for name in names] if known.keys() >= set(names) else None

    def forget(self, collections: Collection[str], tags: Collection[str]) -> None:
        """Removes collections and tags from the cache."""
        for name in collections:
            self._collections.pop(name, None)
        for name in tags:
            self._tags.pop(name, None)

    async def _read(self, query: Any, **values: object) -> Rows:  # noqa: ANN401 - SQLAlchemy's selects vary in type
        with _in_time(), translate_database_errors():
            return await self._pool.read(query, values)


@contextmanager
def _in_time() -> Generator[None]:
    """Makes the unit of work run with locks if a read exceeds the short time limit of this pool.

    Most likely it waits for a table that another session has locked; a unit of work with locks waits longer.
    """
    try:
        yield
    except QueryTimeout as error:
        raise NeedsLocks from error


def _remember(memory: dict[str, Any], found: Mapping[str, object]) -> None:
    if len(memory) + len(found) > _REMEMBERED:
        memory.clear()
    memory.update(found)


_COLLECTION: Final = select(
    _collections.c.id,
    _collections.c.version,
    cast(_collections.c.schema, Text).label("schema"),
    _collections.c.api.is_not(None).label("is_typed"),
).where(_collections.c.name == bindparam("name", type_=Text))
_TAGS: Final = select(_tags.c.id, _tags.c.name).where(_tags.c.name == any_(bindparam("names", type_=ARRAY(Text))))
