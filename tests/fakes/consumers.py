"""Consumers in memory."""

from collections.abc import Sequence
from datetime import datetime

from datastore_service.application.feed.consumer import Consumer
from datastore_service.application.position import Position
from tests.fakes.store import InMemoryStore


class InMemoryConsumerStore:
    """Keeps them in a dictionary."""

    def __init__(self, store: InMemoryStore) -> None:
        self._consumers: dict[str, Consumer] = {}
        store.places.append(lambda: [(each.position, None) for each in self._consumers.values()])

    async def get(self, name: str) -> Consumer | None:
        return self._consumers.get(name)

    async def all(self) -> Sequence[Consumer]:
        return [self._consumers[name] for name in sorted(self._consumers)]

    async def put(self, name: str, position: Position, at: datetime, instead_of: Consumer | None) -> bool:
        if self._consumers.get(name) != instead_of:
            return False
        created_at = instead_of.created_at if instead_of else at
        self._consumers[name] = Consumer(name=name, position=position, created_at=created_at, acknowledged_at=at)
        return True

    async def remove(self, consumer: Consumer) -> bool:
        if self._consumers.get(consumer.name) != consumer:
            return False
        del self._consumers[consumer.name]
        return True
