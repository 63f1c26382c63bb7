"""Delete a collection."""

from dataclasses import dataclass

from datastore_service.application.messages import LockingCommand
from datastore_service.application.write.ports.unit_of_work import UnitOfWorkFactory
from datastore_service.domain.errors import CollectionNotFound
from datastore_service.domain.preconditions import ANY_STATE, Precondition
from datastore_service.domain.records.values import is_collection_name


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteCollection(LockingCommand[None]):
    """Delete a collection that contains neither records nor tombstones."""

    name: str
    precondition: Precondition = ANY_STATE


@dataclass(frozen=True, slots=True)
class DeleteCollectionHandler:
    """Removes the collection, its schema and its types."""

    unit_of_work: UnitOfWorkFactory

    async def handle(self, command: DeleteCollection) -> None:
        if not is_collection_name(command.name):
            raise CollectionNotFound(command.name)
        async with self.unit_of_work() as work:
            collection = await work.collections.get(command.name)
            if collection is None:
                raise CollectionNotFound(command.name)
            collection.expect(command.precondition)
            await work.collections.remove(collection)
            if collection.types is not None:
                # Its names go with its row.
                await work.type_changes.next_number()
            await work.commit()
