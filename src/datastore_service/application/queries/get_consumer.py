"""Read a consumer."""

from dataclasses import dataclass

from datastore_service.application.changes.consumer import ConsumerView
from datastore_service.application.changes.lags import Lags
from datastore_service.application.errors import ConsumerNotFound
from datastore_service.application.messages import Query
from datastore_service.application.ports.consumers import ConsumerStore
from datastore_service.domain.records.values import is_collection_name


@dataclass(frozen=True, slots=True, kw_only=True)
class GetConsumer(Query[ConsumerView]):
    """Read a consumer, and how far it is behind."""

    name: str


@dataclass(frozen=True, slots=True)
class GetConsumerHandler:
    """Looks the lag up in the log."""

    consumers: ConsumerStore
    lags: Lags

    async def handle(self, query: GetConsumer) -> ConsumerView:
        consumer = await self.consumers.get(query.name) if is_collection_name(query.name) else None
        if consumer is None:
            raise ConsumerNotFound(query.name)
        return await self.lags.of(consumer)
