"""Measure what webhooks have still to be told."""

from dataclasses import dataclass

from datastore_service.application.feed.lag import Lags
from datastore_service.application.feed.ports.webhooks import WebhookStore
from datastore_service.application.messages import Query


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookBacklog:
    """What is still to be delivered, and what was given up.

    Attributes:
        webhooks: How many webhooks are told at all.
        lag_changes: How many changes the one furthest behind has still to be told of, counted up to `LAG_COUNTED`.
        lag_seconds: How long the oldest undelivered change has been waiting.
        dead_letters: How many messages were given up and not delivered since.
    """

    webhooks: int
    lag_changes: int
    lag_seconds: float
    dead_letters: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasureWebhooks(Query[WebhookBacklog]):
    """Measure what the webhooks that are enabled have still to be told, and what was given up."""


@dataclass(frozen=True, slots=True)
class MeasureWebhooksHandler:
    """Looks the lags up in the log."""

    webhooks: WebhookStore
    lags: Lags

    async def handle(self, query: MeasureWebhooks) -> WebhookBacklog:  # noqa: ARG002 - there is but one such query
        enabled = [webhook for webhook in await self.webhooks.all() if webhook.enabled]
        behind = [await self.lags.behind(webhook.position, webhook.collection) for webhook in enabled]
        return WebhookBacklog(
            webhooks=len(enabled),
            lag_changes=max((changes for changes, _ in behind), default=0),
            lag_seconds=max((seconds for _, seconds in behind), default=0.0),
            dead_letters=await self.webhooks.count_letters(),
        )
