"""What the application answers with: records and collections as clients see them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, NewType, Self
from uuid import UUID

from datastore_service.application.fields import Field
from datastore_service.application.json_codec import decode, encode
from datastore_service.domain.collections.collection import Collection
from datastore_service.domain.collections.retention import Retention
from datastore_service.domain.immutable import immutable
from datastore_service.domain.json_value import Json
from datastore_service.domain.links.link import Link
from datastore_service.domain.records.content import CONTENT_MEMBERS, Content
from datastore_service.domain.records.record import Record
from datastore_service.domain.typed.model import CollectionApi

JsonText = NewType("JsonText", str)
"""A JSON value as text. It goes from the database to the response as it is, and is never decoded on the way."""


@immutable
class ContentView:
    """What a record holds or held: the views of records, of their revisions and of changes derive from it.

    Its members are those of `domain.records.content`, and have no defaults: so the type checker names each place that
    leaves one out.
    """

    payload: JsonText
    tags: tuple[str, ...]

    def document(self) -> dict[str, Json]:
        """Returns the JSON document that patches apply to."""
        return {"payload": decode(self.payload.encode()), "tags": list(self.tags)}


def content_members(content: Content) -> dict[str, Any]:
    """Returns the members of a `ContentView`."""
    return {"payload": JsonText(content.payload_text(encode)), "tags": content.tags}


@immutable
class RecordView(ContentView):
    """A record at one version; also a tombstone, if the query asks for those. Times are in UTC."""

    id: UUID
    collection: str
    version: int
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None

    @classmethod
    def of(cls, record: Record) -> Self:
        """Shows the aggregate as it is now."""
        return cls(
            id=record.id,
            collection=record.collection,
            version=record.version,
            created_at=record.created_at,
            updated_at=record.updated_at,
            deleted_at=record.deleted_at,
            **content_members(record.content),
        )


RECORD_MEMBERS: Final = ("id", "collection", "version", *CONTENT_MEMBERS, "created_at", "updated_at", "deleted_at")
"""The members of a record in the order in which answers list them."""


type CostlyMember = Literal["payload", "tags"]

COSTLY_MEMBERS: Final[frozenset[CostlyMember]] = frozenset({"payload", "tags"})
"""The members of records that are costly to read. A query that does not select one gets null or an empty tuple."""


@dataclass(frozen=True, slots=True)
class ProjectedRecord:
    """Some fields of a record; what it has no value of is not among them.

    Attributes:
        values: The value of each field.
        lengths: How many items those arrays have that items were picked of, by the steps that lead to them.
    """

    values: Mapping[Field, JsonText]
    lengths: Mapping[tuple[str, ...], int] = field(default_factory=dict[tuple[str, ...], int])


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionView:
    """A collection; its schema is JSON text, None where payloads may be anything.

    Attributes:
        api: What it is called if it is typed, and otherwise None.
        typed_since: The time since when each version of its records fits the schema, if it is typed.
    """

    id: UUID
    name: str
    schema: JsonText | None
    retention: Retention | None
    version: int
    created_at: datetime
    updated_at: datetime
    # With defaults, as responses that a former release has stored lack them.
    api: CollectionApi | None = None
    typed_since: datetime | None = None

    @classmethod
    def of(cls, collection: Collection) -> Self:
        """Shows the aggregate as it is now."""
        schema = None if collection.schema is None else JsonText(encode(collection.schema).decode())
        return cls(
            id=collection.id,
            name=collection.name,
            schema=schema,
            retention=collection.retention,
            version=collection.version,
            created_at=collection.created_at,
            updated_at=collection.updated_at,
            api=collection.api,
            typed_since=collection.types and collection.types.since,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkView:
    """A link, as its making answers."""

    id: UUID
    source: UUID
    relation: str
    target: UUID
    created_at: datetime

    @classmethod
    def of(cls, link: Link) -> Self:
        """Shows the link."""
        return cls(
            id=link.id, source=link.source, relation=link.relation, target=link.target, created_at=link.created_at
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkedRecord:
    """A link in a list of those of one record, with the record at its other end."""

    link: LinkView
    record: RecordView

    @property
    def id(self) -> UUID:
        """The link's, by which lists are ordered."""
        return self.link.id


type IndexState = Literal["building", "ready", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexView:
    """An index on a place in the payloads of a collection.

    Attributes:
        path: The place, as filters name it.
        state: A failed one serves nothing; creating it again begins anew.
        progress: While it is built, how much of it is done: from 0 to 1.
        size: Its size on disk in bytes.
        failure: Why it could not be built, if its state is that it failed.
    """

    collection: str
    path: str
    state: IndexState
    progress: float | None = None
    size: int | None = None
    failure: str | None = None
