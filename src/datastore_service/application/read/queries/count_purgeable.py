"""Find out what a purge would remove."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from datastore_service.application.feed.lag import Lags
from datastore_service.application.feed.ports.consumers import ConsumerStore
from datastore_service.application.feed.ports.webhooks import WebhookStore
from datastore_service.application.feed.position import Position
from datastore_service.application.messages import Query
from datastore_service.application.ports.clock import Clock
from datastore_service.application.read.ports.history import HistoryReader, KeptPlace, Purgeable


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeableCount:
    """What a purge would remove, and for whom it leaves the rest: consumers and webhooks, each with its lag.

    Attributes:
        waiting: Such as `consumer 'mails' (12 changes behind, the oldest is 3600 s old)`.
    """

    purgeable: Purgeable
    waiting: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CountPurgeable(Query[PurgeableCount]):
    """Count the records that were deleted before a time, and the revisions that collections do not keep."""

    deleted_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class CountPurgeableHandler:
    """Counts in the views; what consumers and webhooks, also disabled ones, have yet to get is counted apart."""

    history: HistoryReader
    consumers: ConsumerStore
    webhooks: WebhookStore
    lags: Lags
    clock: Clock

    async def handle(self, query: CountPurgeable) -> PurgeableCount:
        kept: dict[str, KeptPlace] = {
            f"consumer {each.name!r}": (each.position, None) for each in await self.consumers.all()
        } | {
            f"{'' if each.enabled else 'disabled '}webhook {each.name!r}": (each.position, each.collection)
            for each in await self.webhooks.all()
        }
        purgeable = await self.history.purgeable(query.deleted_before, self.clock.now(), list(kept.values()))
        waiting = [await self._lag(name, *place) for name, place in kept.items()]
        return PurgeableCount(purgeable=purgeable, waiting=[each for each in waiting if each])

    async def _lag(self, name: str, position: Position, collection: str | None) -> str:
        changes, seconds = await self.lags.behind(position, collection)
        return f"{name} ({changes:,} changes behind, the oldest is {seconds:.0f} s old)" if changes else ""
