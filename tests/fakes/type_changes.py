"""Changes of the types of collections, in memory."""

from collections.abc import Collection, Mapping
from copy import deepcopy
from dataclasses import dataclass

from datastore_service.domain.collections.collection import Collection as Aggregate
from datastore_service.domain.typed.model import Claim
from tests.fakes.store import InMemoryStore, claims_of_others


class OpenGate:
    """Nobody waits for ever in memory."""

    async def shut(self, name: str) -> None:
        """Leaves it open."""


@dataclass(frozen=True, slots=True)
class InMemoryPresentCollections:
    """Looks up what has been committed."""

    store: InMemoryStore

    async def get(self, name: str) -> Aggregate | None:
        return deepcopy(self.store.collections.get(name))


@dataclass(frozen=True, slots=True)
class InMemoryClaimedNames:
    """Reads what has been committed."""

    store: InMemoryStore

    async def of_others(self, collection: str, names: Collection[str]) -> Mapping[str, Claim]:
        return claims_of_others(self.store, collection, names)
