"""Make a webhook, or change one."""

from dataclasses import dataclass, replace

from datastore_service.application.feed.consumer import consumer_name
from datastore_service.application.feed.ports.changes import ChangeLog
from datastore_service.application.feed.ports.webhooks import WebhookStore
from datastore_service.application.feed.start_position import Edge, Since, beginning
from datastore_service.application.feed.webhook import TICK, Webhook, WebhookRules
from datastore_service.application.feed.webhooks.checks import check_address, check_secret
from datastore_service.application.feed.webhooks.message import new_secret
from datastore_service.application.messages import LockingCommand
from datastore_service.application.ports.clock import Clock
from datastore_service.application.position import Position
from datastore_service.domain.preconditions import ANY_STATE, Precondition
from datastore_service.domain.records.values import collection_name


@dataclass(frozen=True, slots=True, kw_only=True)
class PutWebhookResult:
    """The webhook as it is now, whether it was made, and whether its secret is a new one that was made for it."""

    webhook: Webhook
    created: bool
    made_secret: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PutWebhook(LockingCommand[PutWebhookResult]):
    """Make or change a webhook: an address that is told of every change, with a signature.

    Attributes:
        since: Where a new one begins; one that is there is moved there only if it is given.
        secret: What messages are signed with; left out, a new webhook gets one, and one that is there keeps its own.
        precondition: What must be true of its version.
    """

    name: str
    url: str
    collection: str | None = None
    secret: str | None = None
    enabled: bool = True
    since: Since | None = None
    precondition: Precondition = ANY_STATE


@dataclass(frozen=True, slots=True)
class PutWebhookHandler:
    """Checks the address by the rules of the service."""

    webhooks: WebhookStore
    log: ChangeLog
    clock: Clock
    rules: WebhookRules

    async def handle(self, command: PutWebhook) -> PutWebhookResult:
        name = consumer_name(command.name)
        check_address(command.url, self.rules)
        check_secret(command.secret)
        position = beginning(await self.log.end(), command.since or Edge.NOW)
        while True:
            known = await self.webhooks.get(name)
            command.precondition.check("Webhook", name, known and known.version)
            webhook = self._changed(command, known, position)
            if await self.webhooks.put(webhook, known, moving=command.since is not None):
                if known is None and command.since in {None, Edge.NOW}:
                    webhook = await self._moved_to_end(webhook)
                made_secret = known is None and command.secret is None
                return PutWebhookResult(webhook=webhook, created=known is None, made_secret=made_secret)

    async def _moved_to_end(self, made: Webhook) -> Webhook:
        """Moves a new webhook to the present end of the log.

        A purge that ran while the webhook was made did not know of it, and may have removed changes behind its place.
        """
        moved = replace(made, position=await self.log.end(), updated_at=made.updated_at + TICK)
        return moved if await self.webhooks.put(moved, made, moving=True) else made

    def _changed(self, command: PutWebhook, known: Webhook | None, position: Position) -> Webhook:
        now = self.clock.now()
        stays = known is not None and command.since is None
        return Webhook(
            name=command.name,
            url=command.url,
            collection=None if command.collection is None else collection_name(command.collection),
            secret=command.secret or (known.secret if known else new_secret()),
            enabled=command.enabled,
            position=known.position if known and stays else position,
            failures=known.failures if known and stays else 0,
            next_attempt_at=now,
            last_error=known.last_error if known and stays else None,
            created_at=known.created_at if known else now,
            updated_at=max(now, known.updated_at + TICK) if known else now,
        )
