"""Calls the webhooks: each from one process at a time, in the order of the log."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import uuid4

from datastore_service.application.backoff import backoff
from datastore_service.application.errors import CursorExpired, StoreUnavailable, TooManyStreams
from datastore_service.application.feed.change import LogEntry
from datastore_service.application.feed.hub import ChangeHub
from datastore_service.application.feed.ports.webhooks import WebhookSender, WebhookStore
from datastore_service.application.feed.subscription import Subscription
from datastore_service.application.feed.webhook import DeadLetter, Webhook, WebhookRules
from datastore_service.application.feed.webhooks.message import WebhookMessage
from datastore_service.application.outages import Outage
from datastore_service.application.ports.clock import Clock
from datastore_service.application.ports.identifiers import IdGenerator
from datastore_service.application.position import Position

_ROUND_SECONDS: Final = 2.0
"""Seconds between searches for webhooks that are new, changed, or left by a process that ended."""
_LEASE: Final = timedelta(seconds=30)
_AT_ONCE: Final = 50

_log = logging.getLogger(__name__)


class _Lost(Exception):
    """The webhook is another process's now, or is no longer what it was."""

    def __init__(self) -> None:
        super().__init__("it was changed, or another process delivers it now.")


class WebhookDeliverer:
    """Holds a lease on each webhook that it calls, so that no two processes call the same one.

    It notes a delivery after the receiver has accepted it. If the process dies in between, the message is sent again.
    It sends and notes only for the version of the webhook that it has read. Once a client changes, disables or deletes
    a webhook, no new request uses the old settings. If a request is under way at that moment, its message is delivered
    again with the new settings.
    """

    def __init__(
        self,
        store: WebhookStore,
        sender: WebhookSender,
        hub: ChangeHub,
        clock: Clock,
        ids: IdGenerator,
        rules: WebhookRules,
    ) -> None:
        self._store = store
        self._sender = sender
        self._hub = hub
        self._clock = clock
        self._ids = ids
        self._rules = rules
        self._owner = str(uuid4())
        self._running: dict[str, tuple[Webhook, asyncio.Task[None]]] = {}
        self._outages: dict[str, Outage] = {}
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begins to deliver."""
        self._task = asyncio.create_task(self._look_after(), name="webhooks")

    async def close(self) -> None:
        """Delivers no more; another process may go on at once."""
        tasks = [task for _, task in self._running.values()]
        if self._task is not None:
            tasks.append(self._task)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
            try:
                await self._store.release(self._owner)
            except StoreUnavailable:
                _log.warning("The leases on webhooks run out by themselves.")

    async def _look_after(self) -> None:
        outage = Outage(_log, begun="Webhooks are not looked after", ended="Webhooks are looked after again.")
        while True:
            try:
                await self.look()
                outage.is_over()
            except StoreUnavailable as error:
                outage.goes_on(error)
            except Exception as error:  # noqa: BLE001 - whatever it is, the others are not left alone with it
                outage.goes_on_unexpectedly(error)
            await asyncio.sleep(_ROUND_SECONDS)

    async def look(self) -> None:
        """Takes over webhooks without an owner, lets go of those of other owners, and restarts those that changed."""
        now = self._clock.now()
        owned = {webhook.name: webhook for webhook in await self._store.claim(self._owner, now, now + _LEASE)}
        for name, (webhook, task) in list(self._running.items()):
            if task.done() or name not in owned or owned[name].updated_at != webhook.updated_at:
                task.cancel()
                await asyncio.wait([task])
                del self._running[name]
        self._outages = {name: outage for name, outage in self._outages.items() if name in owned}
        for name, webhook in owned.items():
            if name not in self._running:
                self._running[name] = (webhook, asyncio.create_task(self._serve(webhook), name=f"webhook {name}"))

    async def _serve(self, webhook: Webhook) -> None:
        try:
            with self._hub.follow(webhook.position, webhook.collection) as subscription:
                await asyncio.sleep(max(0.0, (webhook.next_attempt_at - self._clock.now()).total_seconds()))
                await self._follow(webhook, subscription)
        except (_Lost, TooManyStreams, StoreUnavailable) as error:
            _log.info("Webhook %s is begun anew: %s", webhook.name, error)
        except CursorExpired as error:
            self._outage_of(webhook).goes_on(error)
        except Exception as error:  # noqa: BLE001 - it is begun anew
            self._outage_of(webhook).goes_on_unexpectedly(error)

    def _outage_of(self, webhook: Webhook) -> Outage:
        name = webhook.name
        made = Outage(_log, begun=f"Webhook {name} cannot be served", ended=f"Webhook {name} is served again.")
        return self._outages.setdefault(name, made)

    async def _follow(self, webhook: Webhook, subscription: Subscription) -> None:
        failures, told = webhook.failures, webhook.position
        while not subscription.ended:
            entries: Sequence[LogEntry] = await subscription.next(_AT_ONCE, _ROUND_SECONDS)
            for entry in entries:
                await self._deliver(webhook, entry, failures)
                failures, told = 0, entry.position
            if not entries and subscription.position != told:
                told = subscription.position
                await self._advance(webhook, told)
            await self._replay(webhook)
            if webhook.name in self._outages:
                self._outages[webhook.name].is_over()

    async def _deliver(self, webhook: Webhook, entry: LogEntry, failures: int) -> None:
        message = WebhookMessage.of(entry.change)
        while (error := await self._send(webhook, message)) is not None:
            failures += 1
            if failures >= self._rules.most_failures:
                await self._bury(webhook, message, entry.position, failures, error)
                return
            rules = self._rules
            delay = backoff(failures, first=rules.first_delay_seconds, longest=rules.longest_delay_seconds)
            again_at = self._clock.now() + timedelta(seconds=delay)
            if not await self._store.failed(webhook, self._owner, failures, again_at, error):
                raise _Lost
            await asyncio.sleep(delay)
        await self._advance(webhook, entry.position)

    async def _send(self, webhook: Webhook, message: WebhookMessage) -> str | None:
        # Each attempt, as it may have been waited for: the address or the secret may be another one since.
        if not await self._store.holds(webhook, self._owner, self._clock.now()):
            raise _Lost
        headers = message.headers(webhook.secret, self._clock.now())
        return await self._sender.send(webhook.url, message.body, headers)

    async def _advance(self, webhook: Webhook, position: Position) -> None:
        if not await self._store.advance(webhook, self._owner, position):
            raise _Lost

    async def _bury(
        self, webhook: Webhook, message: WebhookMessage, position: Position, failures: int, error: str
    ) -> None:
        letter = DeadLetter(
            id=self._ids.new_id(),
            webhook=webhook.name,
            message_id=message.id,
            body=message.body,
            failures=failures,
            error=error,
            failed_at=self._clock.now(),
            replaying=False,
        )
        if not await self._store.bury(webhook, letter, self._owner, position):
            raise _Lost

    async def _replay(self, webhook: Webhook) -> None:
        for letter in await self._store.to_replay(webhook.name):
            error = await self._send(webhook, WebhookMessage(letter.message_id, letter.body))
            if not await self._store.replayed(webhook, letter, self._owner, error, self._clock.now()):
                raise _Lost
