"""Change a webhook in part."""

from dataclasses import dataclass, replace
from enum import Enum

from datastore_service.application.errors import WebhookNotFound
from datastore_service.application.feed.ports.changes import ChangeLog
from datastore_service.application.feed.ports.webhooks import WebhookStore
from datastore_service.application.feed.start_position import Since, beginning
from datastore_service.application.feed.webhook import TICK, Webhook, WebhookRules
from datastore_service.application.feed.webhooks.checks import check_address, check_secret
from datastore_service.application.messages import LockingCommand
from datastore_service.application.ports.clock import Clock
from datastore_service.application.position import Position
from datastore_service.domain.preconditions import ANY_STATE, Precondition
from datastore_service.domain.records.values import collection_name, is_collection_name


class Unchanged(Enum):
    """Stands for a member that stays as it is, where None means something."""

    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchWebhook(LockingCommand[Webhook]):
    """Change a webhook in part: what is not given stays as it is.

    Attributes:
        url: Where messages are posted to from now on; None leaves it.
        collection: The only collection that it is told of; None is all of them.
        secret: What messages are signed with from now on; None leaves it.
        enabled: Whether it is told; None leaves it.
        since: Where it goes on from; None leaves it.
        precondition: What must be true of its version.
    """

    name: str
    url: str | None = None
    collection: str | Unchanged | None = Unchanged.UNCHANGED
    secret: str | None = None
    enabled: bool | None = None
    since: Since | None = None
    precondition: Precondition = ANY_STATE


@dataclass(frozen=True, slots=True)
class PatchWebhookHandler:
    """Checks what is given by the rules of the service."""

    webhooks: WebhookStore
    log: ChangeLog
    clock: Clock
    rules: WebhookRules

    async def handle(self, command: PatchWebhook) -> Webhook:
        if command.url is not None:
            check_address(command.url, self.rules)
        check_secret(command.secret)
        if isinstance(command.collection, str):
            collection_name(command.collection)
        position = None if command.since is None else beginning(await self.log.end(), command.since)
        while is_collection_name(command.name) and (known := await self.webhooks.get(command.name)):
            command.precondition.check("Webhook", command.name, known.version)
            changed = self._changed(command, known, position)
            if await self.webhooks.put(changed, known, moving=position is not None):
                return changed
        raise WebhookNotFound(command.name)

    def _changed(self, command: PatchWebhook, known: Webhook, position: Position | None) -> Webhook:
        now = self.clock.now()
        stays = isinstance(command.collection, Unchanged)
        changed = replace(
            known,
            url=known.url if command.url is None else command.url,
            collection=known.collection if stays else command.collection,
            secret=known.secret if command.secret is None else command.secret,
            enabled=known.enabled if command.enabled is None else command.enabled,
            next_attempt_at=now,
            updated_at=max(now, known.updated_at + TICK),
        )
        return changed if position is None else replace(changed, position=position, failures=0, last_error=None)
