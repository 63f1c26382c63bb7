"""Read all consumers."""

from collections.abc import Sequence
from dataclasses import dataclass

from datastore_service.application.feed.consumer import ConsumerView
from datastore_service.application.feed.lag import Lags
from datastore_service.application.feed.ports.consumers import ConsumerStore
from datastore_service.application.messages import Query


@dataclass(frozen=True, slots=True, kw_only=True)
class ListConsumers(Query[Sequence[ConsumerView]]):
    """Read all consumers in the order of their names, with their lags."""


@dataclass(frozen=True, slots=True)
class ListConsumersHandler:
    """Looks the lags up in the log."""

    consumers: ConsumerStore
    lags: Lags

    async def handle(self, query: ListConsumers) -> Sequence[ConsumerView]:  # noqa: ARG002 - there is but one such query
        return [await self.lags.of(consumer) for consumer in await self.consumers.all()]
