"""The bodies of REST, as they are validated and documented."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema
from pydantic.config import JsonDict

from datastore_service.domain.records.values import COLLECTION_PATTERN, DEFAULT_COLLECTION, MAX_TAG_LENGTH, MAX_TAGS

# What the domain checks is described here, so that one error says it in one way.
_TAG: Final[JsonDict] = {"pattern": "^[^\\u0000]*$"}
_CURSOR: Final[JsonDict] = {"pattern": "^[A-Za-z0-9_-]{22}$"}

AnyJson = Annotated[Any, WithJsonSchema({"description": "Any JSON value."})]
CollectionName = Annotated[str, Field(description="The collection; made on first use.", pattern=COLLECTION_PATTERN)]
Tags = Annotated[
    list[Annotated[str, Field(min_length=1, max_length=MAX_TAG_LENGTH, json_schema_extra=_TAG)]],
    Field(description="Each once; they come back sorted.", max_length=MAX_TAGS),
]


class NewRecord(BaseModel):
    """A record to create."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"collection": "people", "payload": {"name": "Ada"}}]}
    )

    id: Annotated[UUID | None, Field(description="Left out, the service makes one (UUID version 7).")] = None
    collection: CollectionName = DEFAULT_COLLECTION
    payload: AnyJson
    tags: Tags = []


class RecordContent(BaseModel):
    """What a record is to hold."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"payload": {"name": "Ada Lovelace"}}]})

    collection: Annotated[
        CollectionName | None, Field(description="For a new record; of an existing one it must be the collection.")
    ] = None
    payload: AnyJson
    tags: Tags = []


MergePatchDocument = Annotated[
    Any,
    WithJsonSchema(
        {
            "type": "object",
            "description": "A JSON Merge Patch (RFC 7396) of the members `payload` and `tags`.",
            "properties": {
                "payload": {"description": "What changes in the payload; a member given as null is removed."},
                "tags": {
                    "description": "The tags from now on.",
                    "type": ["array", "null"],
                    "maxItems": MAX_TAGS,
                    "items": {"type": "string", "minLength": 1, "maxLength": MAX_TAG_LENGTH, **_TAG},
                },
            },
            "additionalProperties": False,
            "examples": [{"payload": {"name": "Ada Lovelace", "maiden_name": None}}],
        }
    ),
]


class RecordBody(BaseModel):
    """A record."""

    id: UUID
    collection: str
    version: Annotated[int, Field(ge=1, description="Grows by 1 with each change; the ETag is this in quotes.")]
    payload: AnyJson
    tags: list[str]
    created_at: Annotated[datetime, Field(description="RFC 3339, UTC, with microseconds.")]
    updated_at: datetime


class RecordPage(BaseModel):
    """A part of a list."""

    items: list[RecordBody]
    next_cursor: Annotated[str | None, Field(description="Ask for the next page with `cursor`; null on the last one.")]


class ListQuery(BaseModel):
    """The parameters of a list."""

    model_config = ConfigDict(extra="forbid")

    collection: Annotated[str | None, Field(description="Only this collection.", pattern=COLLECTION_PATTERN)] = None
    limit: Annotated[int | None, Field(description="How many records at the most.", ge=1)] = None
    cursor: Annotated[
        str | None, Field(description="The `next_cursor` of the page before.", json_schema_extra=_CURSOR)
    ] = None


class MemberError(BaseModel):
    """One bad part of a request."""

    pointer: Annotated[str | None, Field(description="JSON Pointer (RFC 6901) as a URI fragment.")] = None
    parameter: Annotated[str | None, Field(description="The query or path parameter.")] = None
    header: str | None = None
    detail: str


class ProblemBody(BaseModel):
    """A problem document (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[MemberError] | None = None
    current_version: int | None = None
    correlation_id: str | None = None
    commits: int | None = None


class ProblemTypeBody(BaseModel):
    """What a problem type means."""

    type: str
    code: str
    status: int
    title: str


class Health(BaseModel):
    """Whether the service is well."""

    status: Literal["ok"]
