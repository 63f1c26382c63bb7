"""Create a collection, or set its schema."""

from dataclasses import dataclass
from functools import partial

from datastore_service.application.large_requests import computed
from datastore_service.application.messages import LockingCommand
from datastore_service.application.ports.clock import Clock
from datastore_service.application.ports.identifiers import IdGenerator
from datastore_service.application.ports.json_schemas import JsonSchemas
from datastore_service.application.views import CollectionView
from datastore_service.application.write.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from datastore_service.domain.collections.collection import Collection
from datastore_service.domain.collections.retention import Retention
from datastore_service.domain.errors import CollectionExists
from datastore_service.domain.json_value import Json, check_storable
from datastore_service.domain.preconditions import ANY_STATE, Precondition
from datastore_service.domain.records.values import collection_name


@dataclass(frozen=True, slots=True, kw_only=True)
class PutCollectionResult:
    """The collection as it is now, and whether there was none before."""

    collection: CollectionView
    created: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PutCollection(LockingCommand[PutCollectionResult]):
    """Create a collection, or replace its settings: the JSON Schema for later payloads, and the retention."""

    name: str
    schema: Json = None
    retention: Retention | None = None
    precondition: Precondition = ANY_STATE


@dataclass(frozen=True, slots=True)
class PutCollectionHandler:
    """Does not check existing records against the new schema; each is checked when a client next writes it."""

    unit_of_work: UnitOfWorkFactory
    clock: Clock
    ids: IdGenerator
    schemas: JsonSchemas

    async def handle(self, command: PutCollection) -> PutCollectionResult:
        collection_name(command.name, "/name")
        if command.schema is not None:
            check_storable(command.schema, "/schema")
            await computed(partial(self.schemas.check, command.schema))
        async with self.unit_of_work() as work:
            put = await self._change(command, work) or await self._create(command, work)
            # `_create` returns None if another request has just created the collection; then change that one.
            put = put or await self._change(command, work)
            if put is None:
                raise CollectionExists(command.name)
            await work.commit()
        return put

    async def _change(self, command: PutCollection, work: UnitOfWork) -> PutCollectionResult | None:
        collection = await work.collections.get(command.name)
        if collection is None:
            return None
        collection.expect(command.precondition)
        collection.put(command.schema, self.clock.now(), command.retention)
        await work.collections.save(collection)
        return PutCollectionResult(collection=CollectionView.of(collection), created=False)

    async def _create(self, command: PutCollection, work: UnitOfWork) -> PutCollectionResult | None:
        command.precondition.check("Collection", command.name, None)
        collection = Collection.create(
            self.ids.new_id(),
            name=command.name,
            schema=command.schema,
            at=self.clock.now(),
            retention=command.retention,
        )
        try:
            await work.collections.add(collection)
        except CollectionExists:
            return None
        return PutCollectionResult(collection=CollectionView.of(collection), created=True)
