"""Read a webhook."""

from dataclasses import dataclass

from datastore_service.application.errors import WebhookNotFound
from datastore_service.application.feed.ports.webhooks import WebhookStore
from datastore_service.application.feed.webhook import Webhook
from datastore_service.application.messages import Query
from datastore_service.domain.records.values import is_collection_name


@dataclass(frozen=True, slots=True, kw_only=True)
class GetWebhook(Query[Webhook]):
    """Read a webhook."""

    name: str


@dataclass(frozen=True, slots=True)
class GetWebhookHandler:
    """Reads where webhooks are kept."""

    webhooks: WebhookStore

    async def handle(self, query: GetWebhook) -> Webhook:
        webhook = await self.webhooks.get(query.name) if is_collection_name(query.name) else None
        if webhook is None:
            raise WebhookNotFound(query.name)
        return webhook
