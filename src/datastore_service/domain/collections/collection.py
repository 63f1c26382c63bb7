"""The collection aggregate."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self
from uuid import UUID

from datastore_service.domain.collections.retention import Retention
from datastore_service.domain.json_value import Json
from datastore_service.domain.preconditions import Precondition
from datastore_service.domain.records.values import collection_name
from datastore_service.domain.typed.model import CollectionApi


@dataclass(frozen=True, slots=True, kw_only=True)
class Types:
    """What makes a collection typed: no live record of it breaks its schema.

    Attributes:
        api: What it is called.
        since: The time since when each version of its records fits.
        number: The number of the state of all schemas that its types are from.
    """

    api: CollectionApi
    since: datetime
    number: int


@dataclass(frozen=True, slots=True)
class PayloadRules:
    """What the payloads of a collection have to be when they are written.

    Attributes:
        schema: The JSON Schema that they have to fit; None takes any.
        is_typed: Whether the collection is typed: then `format` is asserted, too.
    """

    schema: Json
    is_typed: bool


NO_RULES: Final = PayloadRules(None, is_typed=False)


@dataclass(slots=True, kw_only=True)
class Collection:
    """A set of records under a name.

    Attributes:
        schema: The JSON Schema that payloads have to fit when they are written; None takes any.
        retention: What is kept of the history of its records; None is all.
        types: What makes it typed; None if it is not.
        version: Starts at 1 and grows by 1 with each change of the schema, the types or the retention.
    """

    id: UUID
    name: str
    schema: Json
    retention: Retention | None
    version: int
    created_at: datetime
    updated_at: datetime
    types: Types | None = None

    @classmethod
    def create(
        cls,
        collection_id: UUID,
        *,
        name: str,
        schema: Json,
        at: datetime,
        retention: Retention | None = None,
        types: Types | None = None,
    ) -> Self:
        """Makes the first version of a collection.

        Raises:
            InvalidValue: The name breaks a rule.
        """
        return cls(
            id=collection_id,
            name=collection_name(name),
            schema=schema,
            retention=retention,
            types=types,
            version=1,
            created_at=at,
            updated_at=at,
        )

    def expect(self, precondition: Precondition) -> None:
        """Makes sure that the collection is in the state that the caller expects.

        Raises:
            PreconditionFailed: It is not.
        """
        precondition.check("Collection", self.name, self.version)

    @property
    def api(self) -> CollectionApi | None:
        """What it is called if it is typed."""
        return self.types and self.types.api

    @property
    def rules(self) -> PayloadRules:
        """What its payloads have to be."""
        return PayloadRules(self.schema, is_typed=self.types is not None)

    def put(self, schema: Json, at: datetime, retention: Retention | None = None, types: Types | None = None) -> None:
        """Sets the schema, which holds for what is written from now on, the retention, and the types."""
        self.schema = schema
        self.retention = retention
        self.types = types
        self.version += 1
        self.updated_at = at
