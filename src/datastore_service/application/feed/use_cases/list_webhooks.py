"""Read all webhooks."""

from collections.abc import Sequence
from dataclasses import dataclass

from datastore_service.application.feed.ports.webhooks import WebhookStore
from datastore_service.application.feed.webhook import Webhook
from datastore_service.application.messages import Query


@dataclass(frozen=True, slots=True, kw_only=True)
class ListWebhooks(Query[Sequence[Webhook]]):
    """Read all webhooks in the order of their names."""


@dataclass(frozen=True, slots=True)
class ListWebhooksHandler:
    """Reads where webhooks are kept."""

    webhooks: WebhookStore

    async def handle(self, query: ListWebhooks) -> Sequence[Webhook]:  # noqa: ARG002 - there is but one such query
        return await self.webhooks.all()
