"""The port through which the application publishes what happened."""

from collections.abc import Sequence
from typing import Protocol

from datastore_service.domain.records.events import RecordChanged


class EventPublisher(Protocol):
    """Hears of every committed change."""

    async def publish(self, events: Sequence[RecordChanged], /) -> None:
        """Is told of the changes of one unit of work, in their order, once they are durable and before the answer.

        It never hears of what was rolled back. What it raises is logged, and changes nothing for the client. It is told
        at most once: a process that is killed between the commit and this call publishes nothing.
        """
        ...


class NullEventPublisher:
    """Drops the events: what the service does until a publisher is plugged in."""

    async def publish(self, events: Sequence[RecordChanged], /) -> None:
        pass
