"""One business transaction."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from datastore_service.application.write.ports.imports import ImportRepository
from datastore_service.application.write.ports.stored_responses import StoredResponses
from datastore_service.domain.collections.repository import CollectionRepository
from datastore_service.domain.links.repository import LinkRepository
from datastore_service.domain.records.events import RecordChanged
from datastore_service.domain.records.history import HistoryRepository
from datastore_service.domain.records.repository import RecordRepository


class Changes(Protocol):
    """What a unit of work reads and changes, and a transaction of the store gives it."""

    @property
    def records(self) -> RecordRepository:
        """The records, as this unit of work sees them."""
        ...

    @property
    def history(self) -> HistoryRepository:
        """What the records were."""
        ...

    @property
    def collections(self) -> CollectionRepository:
        """The collections, as this unit of work sees them."""
        ...

    @property
    def links(self) -> LinkRepository:
        """The links between records, as this unit of work sees them."""
        ...

    @property
    def answers(self) -> StoredResponses:
        """The answers that are kept for requests that may come again."""
        ...

    @property
    def imports(self) -> ImportRepository:
        """How far imports have come."""
        ...

    def repository[R](self, port: type[R], /) -> R:
        """Returns where the aggregates of your own are kept that this port is for, as this unit of work sees them.

        Raises:
            LookupError: Nothing meets the port.
        """
        ...

    async def commit(self) -> None:
        """Makes the changes durable and visible to others.

        Raises:
            StoreUnavailable: The store did not confirm it.
        """
        ...


class UnitOfWork(Changes, Protocol):
    """The changes of one command: all of them are kept, or none."""

    def announce(self, event: object, /) -> None:
        """Has the `AnnouncementPublisher` told of an event, once the changes are durable.

        Args:
            event: What has happened, as an immutable object, such as a frozen dataclass of your own domain.
        """
        ...


class UnitOfWorkFactory(Protocol):
    """Opens units of work."""

    def __call__(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """Returns a new unit of work; leaving it without a commit takes all its changes back.

        Opened inside another one, it is a part of that: its changes become durable with the outer commit, and if it is
        left without a commit, the outer one cannot commit either.

        Raises:
            StoreUnavailable: On entering: the store cannot be reached.
        """
        ...


class Transaction(Changes, Protocol):
    """What a unit of work rests on."""

    @property
    def began_at(self) -> datetime | None:
        """The time of all its changes; None leaves it to the clock."""
        ...

    @property
    def events(self) -> Sequence[RecordChanged]:
        """What has happened in it so far, in order."""
        ...


class TransactionFactory(Protocol):
    """Begins transactions of the store."""

    def __call__(self) -> AbstractAsyncContextManager[Transaction]:
        """Returns a new transaction; leaving it without a commit rolls it back.

        Raises:
            StoreUnavailable: On entering: the store cannot be reached.
        """
        ...
