"""Create an index on a place in the payloads of a collection."""

from dataclasses import dataclass
from typing import Final

from datastore_service.application.fields import indexable_path
from datastore_service.application.messages import UnrepeatableCommand
from datastore_service.application.ports.indexes import PayloadIndexes
from datastore_service.application.views import IndexView
from datastore_service.domain.errors import InvalidValue
from datastore_service.domain.records.values import collection_name

MAX_INDEXES: Final = 32
"""The largest number of indexes of a collection. Each index makes every write slower, to any collection."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateIndex(UnrepeatableCommand[IndexView]):
    """Build an index for filters and orders by a path in the payloads of a collection; writes continue meanwhile."""

    collection: str
    path: str


@dataclass(frozen=True, slots=True)
class CreateIndexHandler:
    """Begins the build and returns before it ends: for a large collection it takes longer than a request may."""

    indexes: PayloadIndexes

    async def handle(self, command: CreateIndex) -> IndexView:
        collection, path = collection_name(command.collection), indexable_path(command.path)
        there = [index.path for index in (await self.indexes.of({collection})).get(collection, ())]
        if len(there) >= MAX_INDEXES and str(path) not in there:
            raise InvalidValue(
                "/path", f"A collection has at most {MAX_INDEXES} indexes; drop one of {collection!r} first."
            )
        return await self.indexes.create(collection, path)
