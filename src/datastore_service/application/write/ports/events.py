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
    """Is told what commands have announced by `UnitOfWork.announce`, as a rule of aggregates of your own."""

    async def publish(self, announcements: Sequence[object], /) -> None:
        """Is told of the announcements of one unit of work: when and how often, `EventPublisher.publish` says."""
        ...


class NullEventPublisher:
    """Drops what it is told: what the service does until a publisher is plugged in."""

    async def publish(self, told: Sequence[object], /) -> None:
        pass
