"""Batches over REST: their bodies, and how they become messages."""

from functools import partial
from typing import Annotated, Any, Final, Literal, cast
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, PlainValidator, WithJsonSchema
from pydantic.config import JsonDict

from datastore_service.api.http import descriptions
from datastore_service.api.http.preconditions import versions
from datastore_service.api.routes.bodies.schemas import (
    JSON_PATCH_SCHEMA,
    MERGE_PATCH_SCHEMA,
    NewRecord,
    RecordBody,
    RecordContent,
)
from datastore_service.application.errors import OperationRefused
from datastore_service.application.write.commands.apply_batch import ApplyBatch, Change, Operation
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.delete_record import DeleteRecord
from datastore_service.application.write.commands.link_records import LinkRecords
from datastore_service.application.write.commands.patch_record import PatchRecord
from datastore_service.application.write.commands.replace_record import ReplaceRecord
from datastore_service.application.write.commands.unlink_records import UnlinkRecords
from datastore_service.domain.errors import DomainError, InvalidValue
from datastore_service.domain.json_value import Json
from datastore_service.domain.links.link import RELATION_PATTERN
from datastore_service.domain.preconditions import Precondition
from datastore_service.domain.records.json_patch import JsonPatch
from datastore_service.domain.records.patches import MergePatch

_MOST: Final = 2**53 - 1
_NOBODY: Final = UUID(int=0)
"""A placeholder for the id of a record with a local id, until that is created."""


def _one_of(*names: str) -> JsonDict:
    """Returns the schema of an object that has exactly one of these members."""
    return {"oneOf": [{"required": [name], "properties": {name: {}}} for name in names]}


_ONE_OF_TWO: Final = _one_of("id", "lid")


_TAG: Final = r'(W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_TAGS: Final = rf"^(\*|{_TAG}([ \t]*,[ \t]*{_TAG})*)$"


def _left_out() -> Any:  # noqa: ANN401 - stands for a member that is not there
    return None


type Versions = frozenset[int] | Literal["*"]


def _expectation(given: object, *, weak: bool) -> Versions | None:
    match given:
        case None:
            return None
        case int() | float() if given is not True and 1 <= given <= _MOST and given == int(given):
            return frozenset({int(given)})
        case str():
            return versions(given, weak=weak)
        case _:
            raise ValueError(f"{given!r} is neither a version nor a text of entity tags")


LocalId = Annotated[str, Field(min_length=1, max_length=200)]
_SCHEMA: Final[JsonDict] = {
    "anyOf": [
        {"type": "integer", "minimum": 1, "maximum": _MOST},
        {"type": "string", "pattern": _TAGS},
        {"type": "null"},
    ]
}
IfMatch = Annotated[
    Any,
    PlainValidator(partial(_expectation, weak=False)),
    WithJsonSchema(_SCHEMA),
    Field(description='As the header If-Match: a version such as 3, entity tags such as `"3"`, or `*` for any.'),
]
IfNoneMatch = Annotated[
    Any,
    PlainValidator(partial(_expectation, weak=True)),
    WithJsonSchema(_SCHEMA),
    Field(description="As the header If-None-Match, in the same forms."),
]
_POINTER: Final = "^(/([^~/]|~[01])*)*$"
References = Annotated[
    dict[Annotated[str, Field(pattern=_POINTER)], LocalId],
    WithJsonSchema(
        {
            "type": "object",
            "propertyNames": {"pattern": _POINTER},
            "additionalProperties": {"type": "string", "minLength": 1, "maxLength": 200},
        }
    ),
    Field(description=descriptions.REFERENCES),
]


class CreateOperation(NewRecord):
    """Create a record."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"op": "create", "lid": "ada", "payload": {"name": "Ada"}}]}
    )

    op: Literal["create"]
    lid: Annotated[LocalId | None, Field(description=descriptions.LOCAL_ID)] = None
    refs: References = Field(default_factory=dict)

    def operation(self) -> Operation:
        change = CreateRecord(id=self.id, collection=self.collection, **self.content)
        return Operation(change=change, local_id=self.lid, references=self.refs)


class _OfRecord(BaseModel):
    model_config = ConfigDict(extra="forbid", json_schema_extra=_ONE_OF_TWO)

    # Null differs from a member that is left out: the schema requires one of the two.
    id: Annotated[UUID, Field(description="The record's id.", default_factory=_left_out)]
    lid: Annotated[LocalId, Field(description=descriptions.LOCAL_ID_OF_RECORD, default_factory=_left_out)]
    if_match: IfMatch = None

    @property
    def record_id(self) -> UUID:
        if ("id" in self.model_fields_set) == ("lid" in self.model_fields_set):
            raise InvalidValue("/id", "An operation names its record either by id or by lid.")
        return self.id or _NOBODY


class ReplaceOperation(_OfRecord, RecordContent):
    """Replace a record, or create it."""

    model_config = ConfigDict(
        json_schema_extra={**_ONE_OF_TWO, "examples": [{"op": "replace", "lid": "ada", "payload": {"name": "Ada"}}]}
    )

    op: Literal["replace"]
    refs: References = Field(default_factory=dict)
    if_none_match: IfNoneMatch = None

    def operation(self) -> Operation:
        change = ReplaceRecord(
            id=self.record_id,
            collection=self.collection,
            **self.content,
            precondition=Precondition(match=self.if_match, none_match=self.if_none_match),
        )
        return Operation(change=change, local_id=self.lid, references=self.refs)


class PatchOperation(_OfRecord):
    """Change a record in part."""

    op: Literal["patch"]
    patch: Annotated[
        Any,
        WithJsonSchema({"oneOf": [MERGE_PATCH_SCHEMA, JSON_PATCH_SCHEMA]}),
        Field(description=descriptions.PATCH),
    ]

    def operation(self) -> Operation:
        given = cast("Json", self.patch)
        patch = JsonPatch.parse(given) if isinstance(given, list) else MergePatch(given)
        change = PatchRecord(id=self.record_id, patch=patch, precondition=Precondition(match=self.if_match))
        return Operation(change=change, local_id=self.lid)


class DeleteOperation(_OfRecord):
    """Delete a record."""

    op: Literal["delete"]

    def operation(self) -> Operation:
        change: Change = DeleteRecord(id=self.record_id, precondition=Precondition(match=self.if_match))
        return Operation(change=change, local_id=self.lid)


class _OfLink(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"allOf": [_one_of("source", "source_lid"), _one_of("target", "target_lid")]},
    )

    source: Annotated[UUID, Field(description=descriptions.LINK_SOURCE, default_factory=_left_out)]
    source_lid: Annotated[LocalId, Field(description=descriptions.LINK_SOURCE_LID, default_factory=_left_out)]
    relation: Annotated[str, Field(description=descriptions.RELATION, pattern=RELATION_PATTERN)]
    target: Annotated[UUID, Field(description=descriptions.LINK_TARGET, default_factory=_left_out)]
    target_lid: Annotated[LocalId, Field(description=descriptions.LINK_TARGET_LID, default_factory=_left_out)]

    @property
    def ends(self) -> tuple[UUID, UUID]:
        for end in ("source", "target"):
            if (end in self.model_fields_set) == (f"{end}_lid" in self.model_fields_set):
                raise InvalidValue(f"/{end}", f"An operation names its {end} either by {end} or by {end}_lid.")
        return self.source or _NOBODY, self.target or _NOBODY

    @property
    def references(self) -> dict[str, str]:
        given = {"/source": self.source_lid, "/target": self.target_lid}
        return {pointer: lid for pointer, lid in given.items() if lid}


class LinkOperation(_OfLink):
    """Link two records."""

    op: Literal["link"]

    def operation(self) -> Operation:
        source, target = self.ends
        change = LinkRecords(source=source, relation=self.relation, target=target)
        return Operation(change=change, references=self.references)


class UnlinkOperation(_OfLink):
    """Remove a link."""

    op: Literal["unlink"]

    def operation(self) -> Operation:
        source, target = self.ends
        change = UnlinkRecords(source=source, relation=self.relation, target=target)
        return Operation(change=change, references=self.references)


type AnyOperation = (
    CreateOperation | ReplaceOperation | PatchOperation | DeleteOperation | LinkOperation | UnlinkOperation
)


class BatchBody(BaseModel):
    """Operations, applied in this order: all or none."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "operations": [
                        {"op": "create", "lid": "ada", "collection": "people", "payload": {"name": "Ada"}},
                        {
                            "op": "create",
                            "collection": "books",
                            "payload": {"title": "Notes", "author": None},
                            "refs": {"/author": "ada"},
                        },
                        {"op": "patch", "lid": "ada", "patch": {"payload": {"born": 1815}}, "if_match": 1},
                    ]
                }
            ]
        },
    )

    operations: list[
        Annotated[
            CreateOperation | ReplaceOperation | PatchOperation | DeleteOperation | LinkOperation | UnlinkOperation,
            Field(discriminator="op"),
        ]
    ]

    def message(self) -> ApplyBatch:
        """Returns the command that applies the batch.

        Raises:
            OperationRefused: An operation is invalid.
        """
        return ApplyBatch(operations=[_operation(index, body) for index, body in enumerate(self.operations)])


class BatchResult(BaseModel):
    """The result of one operation."""

    id: Annotated[UUID, Field(description="The record's id; for a link, the id of its source.")]
    created: Annotated[bool, Field(description="Whether the record or the link is new.")]
    version: Annotated[int | None, Field(description="The record's version now; null for a deletion and for a link.")]
    record: Annotated[
        RecordBody | None, Field(description="Null for a deletion; left out with `Prefer: return=minimal`.")
    ] = None


class BatchAnswer(BaseModel):
    """The results of a batch, one for each operation."""

    results: list[BatchResult]


def _operation(index: int, body: AnyOperation) -> Operation:
    try:
        return body.operation()
    except DomainError as error:
        raise OperationRefused(index, error) from error
