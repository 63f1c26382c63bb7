"""Forget a consumer."""

from dataclasses import dataclass

from datastore_service.application.errors import ConsumerNotFound
from datastore_service.application.feed.ports.consumers import ConsumerStore
from datastore_service.application.messages import LockingCommand
from datastore_service.domain.preconditions import ANY_STATE, Precondition
from datastore_service.domain.records.values import is_collection_name


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteConsumer(LockingCommand[None]):
    """Delete a consumer and its position in the log."""

    name: str
    precondition: Precondition = ANY_STATE


@dataclass(frozen=True, slots=True)
class DeleteConsumerHandler:
    """Removes it."""

    consumers: ConsumerStore

    async def handle(self, command: DeleteConsumer) -> None:
        while is_collection_name(command.name) and (known := await self.consumers.get(command.name)):
            command.precondition.check("Consumer", known.name, known.version)
            if await self.consumers.remove(known):
                return
        raise ConsumerNotFound(command.name)
