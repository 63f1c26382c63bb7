"""Make a consumer, or acknowledge changes in its name."""

from dataclasses import dataclass, replace

from datastore_service.application.errors import ConsumerAhead
from datastore_service.application.feed.consumer import Consumer, ConsumerView, consumer_name
from datastore_service.application.feed.lag import Lags
from datastore_service.application.feed.ports.changes import ChangeLog
from datastore_service.application.feed.ports.consumers import ConsumerStore
from datastore_service.application.feed.start_position import Edge, Since, beginning
from datastore_service.application.messages import LockingCommand
from datastore_service.application.ports.clock import Clock
from datastore_service.domain.preconditions import ANY_STATE, Precondition


@dataclass(frozen=True, slots=True, kw_only=True)
class PutResult:
    """The consumer as it is now, and whether it was made."""

    view: ConsumerView
    created: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class PutConsumer(LockingCommand[PutResult]):
    """Make a consumer, or acknowledge all changes before a cursor in its name.

    Attributes:
        rewind: Whether it may move backwards.
        precondition: What must be true of its version.
    """

    name: str
    since: Since = Edge.BEGINNING
    rewind: bool = False
    precondition: Precondition = ANY_STATE


@dataclass(frozen=True, slots=True)
class PutConsumerHandler:
    """Moves the consumer forwards only, unless the command says otherwise: acknowledgements may arrive late."""

    consumers: ConsumerStore
    log: ChangeLog
    lags: Lags
    clock: Clock

    async def handle(self, command: PutConsumer) -> PutResult:
        name = consumer_name(command.name)
        position = beginning(await self.log.end(), command.since, parameter="cursor")
        now = self.clock.now()
        while True:
            known = await self.consumers.get(name)
            command.precondition.check("Consumer", name, known and known.version)
            # A place from another epoch of the log is no longer valid.
            if known and known.position.epoch == position.epoch and not command.rewind:
                if known.position == position:
                    return PutResult(view=await self.lags.of(known), created=False)
                if not position.is_past(known.position):
                    raise ConsumerAhead(name)
            if await self.consumers.put(name, position, now, known):
                created_at = known.created_at if known else now
                consumer = Consumer(name=name, position=position, created_at=created_at, acknowledged_at=now)
                if known is None and command.since is Edge.NOW:
                    consumer = await self._moved_to_end(consumer)
                return PutResult(view=await self.lags.of(consumer), created=known is None)

    async def _moved_to_end(self, made: Consumer) -> Consumer:
        """Moves a new consumer to the present end of the log.

        A purge that ran while the consumer was made did not know of it, and may have removed changes behind its place.
        """
        end = await self.log.end()
        is_moved = await self.consumers.put(made.name, end, made.acknowledged_at, made)
        return replace(made, position=end) if is_moved else made
