"""Take an index of a collection away."""

from dataclasses import dataclass

from datastore_service.application.fields import indexable_path
from datastore_service.application.messages import UnrepeatableCommand
from datastore_service.application.ports.indexes import PayloadIndexes
from datastore_service.domain.records.values import collection_name


@dataclass(frozen=True, slots=True, kw_only=True)
class DropIndex(UnrepeatableCommand[None]):
    """Drop an index of a collection."""

    collection: str
    path: str


@dataclass(frozen=True, slots=True)
class DropIndexHandler:
    """Drops the index. If it is still being built, stops the build."""

    indexes: PayloadIndexes

    async def handle(self, command: DropIndex) -> None:
        await self.indexes.drop(collection_name(command.collection), indexable_path(command.path))
