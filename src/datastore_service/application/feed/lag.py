"""How far consumers and webhooks are behind, as plain numbers: for their owners, and for metrics."""

from dataclasses import dataclass

from datastore_service.application.errors import CursorExpired
from datastore_service.application.feed.consumer import LAG_COUNTED, Consumer, ConsumerView
from datastore_service.application.feed.ports.changes import ChangeLog
from datastore_service.application.ports.clock import Clock
from datastore_service.application.position import Position


@dataclass(frozen=True, slots=True)
class Lags:
    """Looks in the log."""

    log: ChangeLog
    clock: Clock

    async def of(self, consumer: Consumer) -> ConsumerView:
        """Returns the consumer with its lag.

        Raises:
            StoreUnavailable: The store cannot be reached.
        """
        changes, seconds = await self.behind(consumer.position, None)
        return ConsumerView(consumer=consumer, lag_changes=changes, lag_seconds=seconds)

    async def exactly(self, consumer: Consumer) -> ConsumerView:
        """Returns the consumer with its lag, if its place is one in the present log.

        Raises:
            CursorExpired: It is not: a failover was noticed only now, and has moved the consumer.
            StoreUnavailable: The store cannot be reached.
        """
        lag = await self.log.lag(consumer.position, None, LAG_COUNTED)
        return ConsumerView(consumer=consumer, lag_changes=lag.changes, lag_seconds=lag.seconds(self.clock.now()))

    async def behind(self, position: Position, collection: str | None) -> tuple[int, float]:
        """Returns how many changes come after a place, up to `LAG_COUNTED`, and for how long the first has waited.

        All of the log is behind a place in another epoch.

        Raises:
            StoreUnavailable: The store cannot be reached.
        """
        try:
            lag = await self.log.lag(position, collection, LAG_COUNTED)
        except CursorExpired:
            lag = await self.log.lag(await self.log.start(), collection, LAG_COUNTED)
        return lag.changes, lag.seconds(self.clock.now())
