"""Forget a consumer."""

from dataclasses import dataclass

from datastore_service.application.errors import ConsumerNotFound
from datastore_service.application.messages import Command
from datastore_service.application.ports.consumers import ConsumerStore
from datastore_service.domain.records.values import is_collection_name


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteConsumer(Command[None]):
    """Forget a consumer and its place in the log."""

    name: str


@dataclass(frozen=True, slots=True)
class DeleteConsumerHandler:
    """Removes it."""

    consumers: ConsumerStore

    async def handle(self, command: DeleteConsumer) -> None:
        if not is_collection_name(command.name) or not await self.consumers.remove(command.name):
            raise ConsumerNotFound(command.name)
