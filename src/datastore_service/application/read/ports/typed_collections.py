"""The typed collections of one moment, from which GraphQL types and the OpenAPI document are made."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from datastore_service.domain.json_value import Json
from datastore_service.domain.typed.model import Claim, TypedCollection


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedEntry:
    """A typed collection.

    Attributes:
        collection: Its name, types, names and rules.
        schema: Its JSON Schema, which each live record fits.
        schema_number: The number of the state that its types are from. Another schema has another number.
        version: The version of the collection, which is its ETag.
        typed_since: The time since when each version of its records fits.
    """

    id: UUID
    collection: TypedCollection
    schema: Json
    schema_number: int
    version: int
    typed_since: datetime

    @property
    def name(self) -> str:
        return self.collection.name


@dataclass(frozen=True, slots=True)
class TypedState:
    """All typed collections of one moment.

    Attributes:
        number: How often the types of any collection have changed until then.
        collections: In the order of their names.
    """

    number: int
    collections: Sequence[TypedEntry]


class TypedCollections(Protocol):
    """Reads the typed collections. Other processes send the notification `datastore_schema` with each new number."""

    async def current(self) -> TypedState:
        """Returns the typed collections under one snapshot; a schema that has not changed is not mapped again.

        A collection that this release cannot give types to is left out, and logged.

        Raises:
            StoreUnavailable: The store cannot be reached.
        """
        ...

    async def number(self) -> int:
        """Returns the number of the newest state, without the collections.

        Raises:
            StoreUnavailable: The store cannot be reached.
        """
        ...


class ClaimedNames(Protocol):
    """Reads the names that typed collections have in GraphQL."""

    async def of_others(self, collection: str, names: Collection[str]) -> Mapping[str, Claim]:
        """Returns those of the names that other collections than this one have.

        Raises:
            StoreUnavailable: The store cannot be reached.
        """
        ...
