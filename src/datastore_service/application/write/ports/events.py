"""The ports through which the application publishes what happened: to records, and to aggregates of your own."""

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


class AnnouncementPublisher(Protocol):
    """Is told what commands announce through `UnitOfWork.announce`; mostly commands on aggregates of your own."""

    async def publish(self, announcements: Sequence[object], /) -> None:
        """Is called with the announcements of one unit of work, when and as often as `EventPublisher.publish`."""
        ...


class NullEventPublisher:
    """Drops all events. The service uses it until an application plugs in a publisher."""

    async def publish(self, told: Sequence[object], /) -> None:
        pass
