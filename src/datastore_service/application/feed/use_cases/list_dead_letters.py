"""Read what could not be delivered."""

from collections.abc import Sequence
from dataclasses import dataclass

from datastore_service.application.errors import WebhookNotFound
from datastore_service.application.feed.ports.webhooks import WebhookStore
from datastore_service.application.feed.webhook import DeadLetter
from datastore_service.application.messages import Query
from datastore_service.domain.records.values import is_collection_name


@dataclass(frozen=True, slots=True, kw_only=True)
class ListDeadLetters(Query[Sequence[DeadLetter]]):
    """Read the oldest dead letters of a webhook."""

    webhook: str
    limit: int


@dataclass(frozen=True, slots=True)
class ListDeadLettersHandler:
    """Reads where webhooks are kept."""

    webhooks: WebhookStore

    async def handle(self, query: ListDeadLetters) -> Sequence[DeadLetter]:
        if not is_collection_name(query.webhook) or await self.webhooks.get(query.webhook) is None:
            raise WebhookNotFound(query.webhook)
        return await self.webhooks.letters(query.webhook, query.limit)
