"""How far consumers are behind, as plain numbers: for their owners, and for metrics."""

from dataclasses import dataclass

from datastore_service.application.changes.consumer import LAG_COUNTED, Consumer, ConsumerView
from datastore_service.application.errors import CursorExpired
from datastore_service.application.ports.changes import ChangeLog
from datastore_service.application.ports.clock import Clock


@dataclass(frozen=True, slots=True)
class Lags:
    """Looks in the log."""

    log: ChangeLog
    clock: Clock

    async def of(self, consumer: Consumer) -> ConsumerView:
        """Returns the consumer with its lag; to one from another life of the log, all is still to come.

        Raises:
            StoreUnavailable: The store cannot be reached.
        """
        try:
            lag = await self.log.lag(consumer.position, LAG_COUNTED)
        except CursorExpired:
            lag = await self.log.lag(await self.log.start(), LAG_COUNTED)
        return ConsumerView(consumer=consumer, lag_changes=lag.changes, lag_seconds=lag.seconds(self.clock.now()))
