"""What a change of a collection's types needs of the store, beside the collection itself (adr/0106)."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from datastore_service.application.ports.documents import Document
from datastore_service.domain.collections.collection import Collection
from datastore_service.domain.typed.model import Claim


class WriteGate(Protocol):
    """Keeps writers of a collection from sharing its lock, so that a change of its types does not wait for ever."""

    async def shut(self, name: str) -> None:
        """Makes later writers wait for the change that has begun; does nothing if there is no such collection.

        The gate opens with the change, or by itself after some seconds.

        Raises:
            StoreUnavailable: The store cannot be reached.
        """
        ...


class PresentCollections(Protocol):
    """Looks up collections outside of units of work."""

    async def get(self, name: str) -> Collection | None:
        """Returns the collection as it is at the moment; nothing is locked.

        Raises:
            StoreUnavailable: The store cannot be reached.
        """
        ...


class TypeChanges(Protocol):
    """The changes of types in one unit of work."""

    async def begin(self) -> None:
        """Waits until no other change of types is under way, and makes others wait until this unit of work ends.

        Transactions with locks that begin meanwhile wait, too. Called before anything else is locked.
        """
        ...

    def written_since(self, collection: Collection, mark: str, size: int) -> AsyncGenerator[Sequence[Document]]:
        """Returns the live documents that may be other ones than in the snapshot that a `DocumentPart` has marked.

        Called with the collection locked: then these, and what that snapshot had, are all that there is.

        Args:
            collection: Which `CollectionRepository.get` has locked.
            mark: The mark of the snapshot.
            size: The most documents of a part.
        """
        ...

    async def since(self, collection: Collection) -> datetime:
        """Returns the present time, or a later one if a record or tombstone in the locked collection is from then."""
        ...

    async def others(self, name: str) -> int:
        """Returns how many other collections are typed. Called after `begin`, so that none is added meanwhile."""
        ...

    async def next_number(self) -> int:
        """Counts up the number of the state of all schemas, and tells other processes at the commit."""
        ...

    async def claim(self, collection: Collection, names: Mapping[str, Claim]) -> None:
        """Gives the names to the collection, in the place of those that it had. Called after `next_number`.

        Raises:
            NameTaken: Another collection has one of them.
        """
        ...
