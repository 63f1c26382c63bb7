"""The bodies of REST, as they are validated and documented."""

from datetime import datetime
from typing import Annotated, Any, Final, Literal, cast
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, RootModel, WithJsonSchema
from pydantic.config import JsonDict

from datastore_service.api.http import descriptions
from datastore_service.api.routes.bodies.collection_checks import CollectionReportBody
from datastore_service.domain.collections.retention import MAX_KEPT
from datastore_service.domain.records.content import CONTENT_MEMBERS
from datastore_service.domain.records.json_patch import MAX_OPERATIONS
from datastore_service.domain.records.values import COLLECTION_PATTERN, DEFAULT_COLLECTION, MAX_TAG_LENGTH, MAX_TAGS
from datastore_service.domain.typed.changes import Effect
from datastore_service.domain.typed.model import CollectionApi, NodeType

# Rules that the domain checks are only described here, so that each error is worded in one place.
_TAG: Final[JsonDict] = {"pattern": "^[^\\u0000]*$"}
_CURSOR: Final[JsonDict] = {"pattern": "^[A-Za-z0-9_-]{21}[AQgw]$"}

AnyJson = Annotated[Any, WithJsonSchema({"description": descriptions.PAYLOAD})]
CollectionName = Annotated[str, Field(description=descriptions.COLLECTION, pattern=COLLECTION_PATTERN)]
Tag = Annotated[str, Field(min_length=1, max_length=MAX_TAG_LENGTH, json_schema_extra=_TAG)]
Tags = Annotated[
    list[Tag],
    Field(description=descriptions.TAGS, max_length=MAX_TAGS),
]

NO_TAGS: Final = cast("list[str]", ())
"""An empty list that Pydantic does not copy for each record."""


class GivenContentBody(BaseModel):
    """The content of a record: the members that clients set."""

    payload: AnyJson
    tags: Tags = NO_TAGS

    @property
    def content(self) -> dict[str, Any]:
        """Returns the members as the arguments of a `GivenContent`."""
        return {name: getattr(self, name) for name in CONTENT_MEMBERS}


class ContentBody(BaseModel):
    """The content of a record, now or in the past."""

    payload: AnyJson
    tags: list[str]


class NewRecord(GivenContentBody):
    """A record to create."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"collection": "people", "payload": {"name": "Ada"}}]}
    )

    id: Annotated[UUID | None, Field(description=descriptions.NEW_RECORD_ID)] = None
    collection: CollectionName = DEFAULT_COLLECTION


class RecordContent(GivenContentBody):
    """The new content of a record."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"payload": {"name": "Ada Lovelace"}}]})

    collection: Annotated[CollectionName | None, Field(description=descriptions.COLLECTION_OF_CONTENT)] = None


MERGE_PATCH_SCHEMA: Final[JsonDict] = {
    "title": "MergePatch",
    "type": "object",
    "description": descriptions.MERGE_PATCH,
    "properties": {
        "payload": {"description": "The changes of the payload; a member that is null is removed."},
        "tags": {
            "description": "The new tags.",
            "type": ["array", "null"],
            "maxItems": MAX_TAGS,
            "items": {"type": "string", "minLength": 1, "maxLength": MAX_TAG_LENGTH, **_TAG},
        },
    },
    "additionalProperties": {"type": "null", "description": "There are no other members; null removes nothing."},
    "examples": [{"payload": {"name": "Ada Lovelace", "maiden_name": None}}],
}

_POINTER: Final[JsonDict] = {"type": "string", "pattern": "^(/([^~]|~[01])*)?$"}


def _operation(names: list[str], members: JsonDict) -> JsonDict:
    required: list[Any] = ["op", "path", *members]
    properties: JsonDict = {"op": {"enum": [*names]}, "path": _POINTER, **members}
    return {"type": "object", "required": required, "properties": properties}


JSON_PATCH_SCHEMA: Final[JsonDict] = {
    "title": "JsonPatch",
    "type": "array",
    "description": f"A JSON Patch (RFC 6902) of the document {descriptions.DOCUMENT}: all of its operations or none.",
    "maxItems": MAX_OPERATIONS,
    "items": {
        "oneOf": [
            _operation(["add", "replace", "test"], {"value": {"description": "Any JSON value."}}),
            _operation(["remove"], {}),
            _operation(["move", "copy"], {"from": _POINTER}),
        ]
    },
    "examples": [
        [
            {"op": "test", "path": "/payload/name", "value": "Ada"},
            {"op": "replace", "path": "/payload/name", "value": "Ada Lovelace"},
            {"op": "add", "path": "/tags/-", "value": "mathematician"},
        ]
    ],
}


class RecordBody(ContentBody):
    """A record."""

    id: UUID
    collection: str
    version: Annotated[int, Field(ge=1, description=descriptions.VERSION)]
    created_at: Annotated[datetime, Field(description=descriptions.TIME)]
    updated_at: datetime
    deleted_at: Annotated[datetime | None, Field(description=descriptions.DELETED_AT)] = None


def _none_required(schema: JsonDict) -> None:
    del schema["required"]


class ProjectedRecordBody(RecordBody):
    """A record with only the requested `fields`."""

    model_config = ConfigDict(json_schema_extra=_none_required)


class RecordOrPart(RootModel[RecordBody | ProjectedRecordBody]):
    """A record, or only the requested fields of it."""


class RecordPage(BaseModel):
    """A page of a list."""

    items: list[RecordBody | ProjectedRecordBody]
    next_cursor: Annotated[str | None, Field(description="The `cursor` of the next page; null on the last one.")]


class ManyIds(BaseModel):
    """The records to read."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"ids": ["01890a5d-ac96-774b-bcce-b302099a8057"]}]}
    )

    ids: list[UUID]


class ManyRecords(BaseModel):
    """The records that exist."""

    items: Annotated[
        list[RecordBody], Field(description="In the order of the ids; an id that is given twice is listed twice.")
    ]
    missing: Annotated[list[UUID], Field(description="The ids without a record, or with a tombstone only.")]


AnySchema = Annotated[
    Any,
    WithJsonSchema(
        {
            "description": descriptions.SCHEMA,
            "type": ["object", "boolean", "null"],
        }
    ),
]


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) and value.is_integer() else value


WHOLE: Final = BeforeValidator(_whole)
"""For strict integers: in JSON, 1.0 is an integer (JSON Schema, section 6.1.1), while "1" and true are not.

All integers of bodies are strict: pydantic would expand a lax one such as 1e9999999 before it compares it, which takes
half a minute.
"""

MAX_COUNT: Final = 2**53 - 1
"""The largest integer that all clients read exactly."""


class RetentionBody(BaseModel):
    """How much of each record's history is kept: so many revisions, or those that were current in so many days."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"minProperties": 1, "maxProperties": 1, "examples": [{"days": 90}]},
    )

    # Null differs from a member that is left out: the schema requires one of the two.
    revisions: Annotated[int, Field(description=descriptions.KEPT_REVISIONS, ge=1, le=MAX_KEPT, strict=True), WHOLE] = (
        cast("int", None)
    )
    days: Annotated[int, Field(description=descriptions.KEPT_DAYS, ge=1, le=MAX_KEPT, strict=True), WHOLE] = cast(
        "int", None
    )


class ApiBody(BaseModel):
    """What a typed collection is called in GraphQL."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"type": "Person", "many": "people"}]})

    type: Annotated[str, Field(description="The type of its records.")]
    one: Annotated[
        str | None, Field(description="The root field of one record; by default the type, its first letter lowered.")
    ] = None
    many: Annotated[str | None, Field(description="The root field of a page; by default the collection's name.")] = None
    node: Annotated[NodeType, Field(description="What `node(id:)` returns: the type, or `Record`.")] = "typed"

    def of(self, collection: str) -> CollectionApi:
        """Returns the names, with those that were not given."""
        return CollectionApi.of(collection, type_name=self.type, one=self.one, many=self.many, node=self.node)


class ApiPatch(BaseModel):
    """A change of what a typed collection is called: null stands for the default."""

    model_config = ConfigDict(extra="forbid")

    type: Annotated[str, Field(description="The type of its records.")] = cast("str", None)
    one: Annotated[str | None, Field(description="The root field of one record.")] = None
    many: Annotated[str | None, Field(description="The root field of a page.")] = None
    node: Annotated[NodeType | None, Field(description="What `node(id:)` returns: the type, or `Record`.")] = None


class CollectionContent(BaseModel):
    """The settings of a collection."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"schema": {"type": "object", "required": ["name"], "properties": {"born": {"minimum": 0}}}},
                {
                    "schema": {"type": "object", "properties": {"name": {"type": "string"}}},
                    "api": {"type": "Person"},
                },
            ]
        },
    )

    # Another name in Python, because Pydantic's models have a `schema` of their own.
    json_schema: Annotated[AnySchema, Field(alias="schema")] = None
    retention: Annotated[RetentionBody | None, Field(description=descriptions.RETENTION)] = None
    api: Annotated[ApiBody | None, Field(description=descriptions.API_OF_CONTENT)] = None
    allow: Annotated[tuple[Effect, ...], Field(description=descriptions.ALLOW)] = ()

    def wanted_api(self, collection: str) -> CollectionApi | Literal["keep"] | None:
        """Returns the names, None if its types are to go, or `keep` if the body does not say."""
        if "api" not in self.model_fields_set:
            return "keep"
        return self.api and self.api.of(collection)


class RetentionPatch(BaseModel):
    """A change of a retention: null removes a number."""

    model_config = ConfigDict(extra="forbid")

    revisions: Annotated[
        int | None, Field(description=descriptions.KEPT_REVISIONS, ge=1, le=MAX_KEPT, strict=True), WHOLE
    ] = None
    days: Annotated[int | None, Field(description=descriptions.KEPT_DAYS, ge=1, le=MAX_KEPT, strict=True), WHOLE] = None


class CollectionPatch(BaseModel):
    """A change of a collection (RFC 7396): members that are left out stay, and null removes."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"schema": {"properties": {"born": {"minimum": 1}}}}, {"retention": None}]},
    )

    json_schema: Annotated[
        Any,
        WithJsonSchema({"description": descriptions.SCHEMA_PATCH, "type": ["object", "boolean", "null"]}),
        Field(alias="schema"),
    ] = None
    retention: Annotated[RetentionPatch | None, Field(description=descriptions.RETENTION_PATCH)] = None
    api: Annotated[ApiPatch | None, Field(description=descriptions.API_PATCH)] = None
    allow: Annotated[tuple[Effect, ...], Field(description=descriptions.ALLOW)] = ()

    def document(self) -> dict[str, Any]:
        """Returns the patch as it was sent."""
        return self.model_dump(exclude_unset=True, exclude={"allow"}, by_alias=True)


class CollectionBody(BaseModel):
    """A collection."""

    id: UUID
    name: str
    json_schema: Annotated[AnySchema, Field(alias="schema")]
    api: Annotated[ApiBody | None, Field(description=descriptions.API)]
    typed_since: Annotated[datetime | None, Field(description=descriptions.TYPED_SINCE)]
    retention: Annotated[RetentionBody | None, Field(description=descriptions.RETENTION)]
    version: Annotated[int, Field(description=descriptions.COLLECTION_VERSION)]
    created_at: datetime
    updated_at: datetime


class CollectionPage(BaseModel):
    """A page of a list of collections."""

    items: list[CollectionBody]
    next_cursor: Annotated[str | None, Field(description="The `cursor` of the next page; null on the last one.")]


class PageQuery(BaseModel):
    """The parameters of a list."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int | None, Field(description="The largest number of items.", ge=1)] = None
    cursor: Annotated[
        str | None, Field(description="The `next_cursor` of the previous page.", json_schema_extra=_CURSOR)
    ] = None


class MemberError(BaseModel):
    """An invalid part of a request."""

    pointer: Annotated[str | None, Field(description="JSON Pointer (RFC 6901) as a URI fragment.")] = None
    parameter: Annotated[str | None, Field(description="The query or path parameter.")] = None
    header: str | None = None
    detail: str
    owner: Annotated[str | None, Field(description="What has the name, with `name_taken`.")] = None


class ProblemBody(BaseModel):
    """A problem document (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[MemberError] | None = None
    current_version: int | None = None
    horizon: datetime | None = None
    correlation_id: str | None = None
    commits: int | None = None
    checks: dict[str, str] | None = None
    report: CollectionReportBody | None = None


class ProblemTypeBody(BaseModel):
    """The meaning of a problem type."""

    type: str
    code: str
    status: int
    title: str


class Health(BaseModel):
    """The health of the service."""

    status: Literal["ok"]


class Readiness(Health):
    """Whether the service can serve requests."""

    checks: Annotated[dict[str, str], Field(description="The result of each check: `ok`, or what is wrong.")]
