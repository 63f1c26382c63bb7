"""Read a consumer."""

from dataclasses import dataclass

from datastore_service.application.errors import ConsumerNotFound, CursorExpired
from datastore_service.application.feed.consumer import Consumer, ConsumerView
from datastore_service.application.feed.lag import Lags
from datastore_service.application.feed.ports.consumers import ConsumerStore
from datastore_service.application.messages import Query
from datastore_service.domain.records.values import is_collection_name


@dataclass(frozen=True, slots=True, kw_only=True)
class GetConsumer(Query[ConsumerView]):
    """Read a consumer and its lag."""

    name: str


@dataclass(frozen=True, slots=True)
class GetConsumerHandler:
    """Looks the lag up in the log, and the consumer once more if its place has expired: a failover moves both."""

    consumers: ConsumerStore
    lags: Lags

    async def handle(self, query: GetConsumer) -> ConsumerView:
        try:
            return await self.lags.exactly(await self._consumer(query.name))
        except CursorExpired:
            return await self.lags.of(await self._consumer(query.name))

    async def _consumer(self, name: str) -> Consumer:
        consumer = await self.consumers.get(name) if is_collection_name(name) else None
        if consumer is None:
            raise ConsumerNotFound(name)
        return consumer
