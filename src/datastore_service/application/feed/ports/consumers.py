"""Where the places of consumers are kept."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from datastore_service.application.feed.consumer import Consumer
from datastore_service.application.position import Position


class ConsumerStore(Protocol):
    """Keeps consumers. Each call is a transaction of its own, or a part of the unit of work that is open around it."""

    async def get(self, name: str) -> Consumer | None:
        """Returns the consumer, if there is one.

        Raises:
            StoreUnavailable: The store cannot be reached.
        """
        ...

    async def all(self) -> Sequence[Consumer]:
        """Returns all consumers, by their names.

        Raises:
            StoreUnavailable: The store cannot be reached.
        """
        ...

    async def put(self, name: str, position: Position, at: datetime, instead_of: Consumer | None) -> bool:
        """Makes a consumer, or moves one.

        Returns:
            Whether the stored consumer was still `instead_of`. If not, nothing was changed.

        Raises:
            StoreUnavailable: The store cannot be reached.
        """
        ...

    async def remove(self, consumer: Consumer) -> bool:
        """Forgets a consumer if it is still as it is said to be, and returns whether it was.

        Raises:
            StoreUnavailable: The store cannot be reached.
        """
        ...
