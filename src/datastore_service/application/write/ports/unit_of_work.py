"""One business transaction."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from datastore_service.application.write.ports.imports import ImportRepository
from datastore_service.application.write.ports.stored_responses import StoredResponses
from datastore_service.application.write.ports.type_changes import TypeChanges
from datastore_service.domain.collections.repository import CollectionRepository
from datastore_service.domain.links.repository import LinkRepository
from datastore_service.domain.records.events import RecordChanged
from datastore_service.domain.records.history import HistoryRepository
from datastore_service.domain.records.repository import RecordRepository


class Repositories(Protocol):
    """The repositories that a unit of work and a transaction of the store both have: each is found by its port.

    Stores define `repository`. The names are short for it, and for the aggregates of the service only.
    """

    def repository[R](self, port: type[R], /) -> R:
        """Returns the repository that meets this port, always the same one.

        Raises:
            WriteConflict: Without locks: this repository needs them.
            LookupError: No repository meets the port.
        """
        ...

    @property
    def records(self) -> RecordRepository:
        """The records, as this unit of work sees them."""
        return self.repository(RecordRepository)

    @property
    def history(self) -> HistoryRepository:
        """What the records were."""
        return self.repository(HistoryRepository)

    @property
    def collections(self) -> CollectionRepository:
        """The collections, as this unit of work sees them."""
        return self.repository(CollectionRepository)

    @property
    def links(self) -> LinkRepository:
        """The links between records, as this unit of work sees them."""
        return self.repository(LinkRepository)

    @property
    def stored_responses(self) -> StoredResponses:
        """The stored responses for requests with an `Idempotency-Key`."""
        return self.repository(StoredResponses)

    @property
    def type_changes(self) -> TypeChanges:
        """The changes of the types of collections."""
        return self.repository(TypeChanges)

    @property
    def imports(self) -> ImportRepository:
        """How far imports have come."""
        return self.repository(ImportRepository)

    async def commit(self) -> None:
        """Makes the changes durable and visible to others.

        Raises:
            WriteConflict: Without locks: another client has changed what this unit of work has read.
            StoreUnavailable: The store did not confirm the commit.
        """
        ...


class UnitOfWork(Repositories, Protocol):
    """One business transaction: all changes of one command, or none of them."""

    def announce(self, event: object, /) -> None:
        """Has the `AnnouncementPublisher` told of an event, once the changes are durable.

        Args:
            event: What has happened, as an immutable object, such as a frozen dataclass of your own domain.
        """
        ...


class UnitOfWorkFactory(Protocol):
    """Opens units of work."""

    def __call__(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """Returns a new unit of work. If the caller leaves it without a commit, all its changes are rolled back.

        A unit of work that is opened inside another one joins it: its commit writes nothing, and its changes become
        durable with the outer commit. If the inner one is left without a commit, the outer commit raises.

        Raises:
            StoreUnavailable: On entering: the store cannot be reached.
        """
        ...


class Transaction(Repositories, Protocol):
    """A transaction of the store, which carries a unit of work."""

    @property
    def began_at(self) -> datetime | None:
        """The earliest time of its changes; None leaves the time to the clock."""
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
