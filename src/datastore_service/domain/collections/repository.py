"""Where collections are kept, as the write side sees it."""

from datetime import datetime
from typing import Protocol
from uuid import UUID

from datastore_service.domain.collections.collection import Collection, PayloadRules
from datastore_service.domain.collections.retention import Retention


class CollectionRepository(Protocol):
    """The collections of one unit of work."""

    async def get(self, name: str) -> Collection | None:
        """Returns the collection, locked against other changes of it, or None if there is none of the name."""
        ...

    async def add(self, collection: Collection) -> None:
        """Adds a new collection.

        Raises:
            CollectionExists: Another unit of work has just added one of the name; `get` now returns it.
        """
        ...

    async def save(self, collection: Collection) -> None:
        """Writes what has changed in a collection that `get` returned in the same unit of work."""
        ...

    async def remove(self, collection: Collection) -> None:
        """Removes a collection that `get` returned in the same unit of work.

        Raises:
            CollectionNotEmpty: Records or tombstones are in it.
        """
        ...

    async def rules_of(self, name: str) -> PayloadRules:
        """Returns what payloads in a collection have to be; if there is no such collection, they may be anything."""
        ...

    async def retention_of(self, name: str) -> Retention | None:
        """Returns how much of its records' history a collection keeps; None is all of it. Nothing is locked.

        Raises:
            CollectionNotFound: There is none of the name.
        """
        ...

    async def id_of(self, name: str, at: datetime) -> UUID:
        """Returns the id of the collection with this name, which is made if there is none."""
        ...
