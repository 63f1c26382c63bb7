"""Forget a webhook."""

from dataclasses import dataclass

from datastore_service.application.errors import WebhookNotFound
from datastore_service.application.messages import Command
from datastore_service.application.ports.webhooks import WebhookStore
from datastore_service.domain.records.values import is_collection_name


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteWebhook(Command[None]):
    """Forget a webhook and its dead letters."""

    name: str


@dataclass(frozen=True, slots=True)
class DeleteWebhookHandler:
    """Removes it."""

    webhooks: WebhookStore

    async def handle(self, command: DeleteWebhook) -> None:
        if not is_collection_name(command.name) or not await self.webhooks.remove(command.name):
            raise WebhookNotFound(command.name)
