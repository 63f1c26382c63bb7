"""Create a collection, or set its schema."""

from dataclasses import dataclass
from typing import Literal

from datastore_service.application.messages import LockingCommand
from datastore_service.application.views import CollectionView
from datastore_service.application.write.collection_changes import CollectionChanges, Settings
from datastore_service.domain.collections.collection import Collection
from datastore_service.domain.collections.retention import Retention
from datastore_service.domain.json_value import Json
from datastore_service.domain.preconditions import ANY_STATE, Precondition
from datastore_service.domain.records.values import collection_name
from datastore_service.domain.typed.changes import Effect
from datastore_service.domain.typed.model import CollectionApi


@dataclass(frozen=True, slots=True, kw_only=True)
class PutCollectionResult:
    """The collection as it is now, and whether there was none before."""

    collection: CollectionView
    created: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PutCollection(LockingCommand[PutCollectionResult]):
    """Create a collection, or replace its settings: the JSON Schema of payloads, the retention, and its types."""

    name: str
    schema: Json = None
    retention: Retention | None = None
    precondition: Precondition = ANY_STATE
    api: CollectionApi | Literal["keep"] | None = "keep"
    """What a typed collection is called; None takes its types away, and `keep` leaves them to it (adr/0107)."""
    allow: frozenset[Effect] = frozenset()
    """What a change of a typed collection may break."""


@dataclass(frozen=True, slots=True)
class PutCollectionHandler:
    """Existing records need not fit the schema of a collection without types; each has to when it is next written."""

    changes: CollectionChanges

    async def handle(self, command: PutCollection) -> PutCollectionResult:
        collection_name(command.name, "/name")

        def settings(before: Collection | None) -> Settings:
            api = (before and before.api) if command.api == "keep" else command.api
            return Settings(schema=command.schema, retention=command.retention, api=api)

        put = await self.changes.change(command.name, settings, precondition=command.precondition, allow=command.allow)
        return PutCollectionResult(collection=CollectionView.of(put.collection), created=put.created)
