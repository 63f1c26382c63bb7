"""Move a consumer, if it is there."""

from dataclasses import dataclass

from datastore_service.application.errors import ConsumerAhead, ConsumerNotFound
from datastore_service.application.feed.consumer import Consumer, ConsumerView
from datastore_service.application.feed.lag import Lags
from datastore_service.application.feed.ports.changes import ChangeLog
from datastore_service.application.feed.ports.consumers import ConsumerStore
from datastore_service.application.feed.start_position import Since, beginning
from datastore_service.application.messages import LockingCommand
from datastore_service.application.ports.clock import Clock
from datastore_service.domain.preconditions import ANY_STATE, Precondition
from datastore_service.domain.records.values import is_collection_name


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchConsumer(LockingCommand[ConsumerView]):
    """Acknowledge all changes before a cursor in the name of a consumer that is there.

    Attributes:
        since: Where it goes; None leaves it where it is.
        rewind: Whether it may move backwards.
        precondition: What must be true of its version.
    """

    name: str
    since: Since | None = None
    rewind: bool = False
    precondition: Precondition = ANY_STATE


@dataclass(frozen=True, slots=True)
class PatchConsumerHandler:
    """Moves the consumer as `PutConsumer` does, and makes none."""

    consumers: ConsumerStore
    log: ChangeLog
    lags: Lags
    clock: Clock

    async def handle(self, command: PatchConsumer) -> ConsumerView:
        since = command.since
        position = None if since is None else beginning(await self.log.end(), since, parameter="cursor")
        while is_collection_name(command.name) and (known := await self.consumers.get(command.name)):
            command.precondition.check("Consumer", command.name, known.version)
            if position is None or position == known.position:
                return await self.lags.of(known)
            is_of_this_log = known.position.epoch == position.epoch
            if is_of_this_log and not command.rewind and not position.is_past(known.position):
                raise ConsumerAhead(command.name)
            now = self.clock.now()
            if await self.consumers.put(command.name, position, now, known):
                moved = Consumer(name=command.name, position=position, created_at=known.created_at, acknowledged_at=now)
                return await self.lags.of(moved)
        raise ConsumerNotFound(command.name)
