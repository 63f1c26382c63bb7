"""Indexes on places in the payloads of a collection."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from datastore_service.application.fields import PayloadPath
from datastore_service.application.views import IndexView


class PayloadIndexes(Protocol):
    """The indexes that operators have asked for; those of the service itself are none of them."""

    async def create(self, collection: str, path: PayloadPath) -> IndexView:
        """Begins to build the index and returns it as it is; one that is built, or being built, stays as it is.

        Writes go on meanwhile. Indexes that are asked for together are built one after the other. One whose building
        has failed is begun anew. No payload can make it fail, and none is refused because of it.

        Raises:
            CollectionNotFound: There is no such collection.
            StoreUnavailable: The store cannot be reached.
        """
        ...

    async def drop(self, collection: str, path: PayloadPath) -> None:
        """Drops the index, whether or not it is built.

        Raises:
            IndexNotFound: The collection has no such index.
            StoreUnavailable: The store cannot be reached.
        """
        ...

    async def of(self, collections: Collection[str]) -> Mapping[str, Sequence[IndexView]]:
        """Returns the indexes of those of the collections that there are, ordered by their paths.

        Raises:
            StoreUnavailable: The store cannot be reached.
        """
        ...

    async def resume(self) -> None:
        """Begins to build the indexes whose building was interrupted, and to drop those that are left over."""
        ...

    async def close(self) -> None:
        """Stops what is being built in this process; a later `resume` takes it up."""
        ...

    async def is_larger(self, collection: str, records: int) -> bool:
        """Tells whether the collection has more than so many records, tombstones included.

        Raises:
            StoreUnavailable: The store cannot be reached.
        """
        ...
