"""Forget a webhook."""

from dataclasses import dataclass

from datastore_service.application.errors import WebhookNotFound
from datastore_service.application.feed.ports.webhooks import WebhookStore
from datastore_service.application.messages import LockingCommand
from datastore_service.domain.preconditions import ANY_STATE, Precondition
from datastore_service.domain.records.values import is_collection_name


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteWebhook(LockingCommand[None]):
    """Delete a webhook and its dead letters."""

    name: str
    precondition: Precondition = ANY_STATE


@dataclass(frozen=True, slots=True)
class DeleteWebhookHandler:
    """Removes it."""

    webhooks: WebhookStore

    async def handle(self, command: DeleteWebhook) -> None:
        while is_collection_name(command.name) and (known := await self.webhooks.get(command.name)):
            command.precondition.check("Webhook", known.name, known.version)
            if await self.webhooks.remove(known):
                return
        raise WebhookNotFound(command.name)
