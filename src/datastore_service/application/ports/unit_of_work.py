"""One business transaction."""

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from datastore_service.domain.records.repository import RecordRepository


class UnitOfWork(Protocol):
    """The changes of one command: all of them are kept, or none."""

    @property
    def records(self) -> RecordRepository:
        """The records, as this unit of work sees them."""
        ...

    async def commit(self) -> None:
        """Makes the changes durable and visible to others.

        Raises:
            StoreUnavailable: The store did not confirm it.
        """
        ...


class UnitOfWorkFactory(Protocol):
    """Opens units of work."""

    def __call__(self) -> AbstractAsyncContextManager[UnitOfWork]:
        """Returns a new unit of work; leaving it without a commit takes all its changes back.

        Raises:
            StoreUnavailable: On entering: the store cannot be reached.
        """
        ...
