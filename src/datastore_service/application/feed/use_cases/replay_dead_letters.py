"""Try once more to deliver what was given up."""

from dataclasses import dataclass
from uuid import UUID

from datastore_service.application.errors import WebhookNotFound
from datastore_service.application.feed.ports.webhooks import WebhookStore
from datastore_service.application.messages import LockingCommand
from datastore_service.domain.records.values import is_collection_name


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayDeadLetters(LockingCommand[int]):
    """Send a dead letter of a webhook again, or all of them; those that are delivered are deleted."""

    webhook: str
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ReplayDeadLettersHandler:
    """Marks them for delivery."""

    webhooks: WebhookStore

    async def handle(self, command: ReplayDeadLetters) -> int:
        if not is_collection_name(command.webhook) or await self.webhooks.get(command.webhook) is None:
            raise WebhookNotFound(command.webhook)
        return await self.webhooks.ask_for_replay(command.webhook, command.id)
