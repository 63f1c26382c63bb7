"""The types of batches."""

from collections.abc import Sequence
from typing import Final, Self
from uuid import UUID

import strawberry

from datastore_service.api.graphql.types.inputs import (
    ContentInput,
    CreateRecordInput,
    document_of,
    expectation,
    patch_of,
)
from datastore_service.api.graphql.types.records import Record
from datastore_service.api.graphql.types.scalars import JSON
from datastore_service.api.graphql.types.user_errors import UserError
from datastore_service.api.http import descriptions
from datastore_service.application.errors import OperationRefused
from datastore_service.application.write.commands.apply_batch import AppliedOperation, ApplyBatch, Operation
from datastore_service.application.write.commands.delete_record import DeleteRecord
from datastore_service.application.write.commands.link_records import LinkRecords
from datastore_service.application.write.commands.patch_record import PatchRecord
from datastore_service.application.write.commands.replace_record import ReplaceRecord
from datastore_service.application.write.commands.unlink_records import UnlinkRecords
from datastore_service.domain.errors import DomainError, InvalidValue

_NOBODY: Final = UUID(int=0)
_ID: Final = "The record's id; either this or `lid` is given."
_EXPECTED_VERSION: Final = "Refuse unless the record is at this version (If-Match in REST)."
_EXPECT_EXISTING: Final = "True: refuse unless the record exists; false: refuse if it does."


@strawberry.input(description="A place in a payload, and the record whose id to put there.")
class ReferenceInput:
    pointer: str = strawberry.field(description="A JSON Pointer (RFC 6901) into the payload.")
    lid: str = strawberry.field(description="The local id of an earlier operation's record.")


@strawberry.input(description="A record to create in a batch.")
class BatchCreateInput(CreateRecordInput):
    lid: str | None = strawberry.field(default=None, description=descriptions.LOCAL_ID)
    refs: list[ReferenceInput] = strawberry.field(
        default_factory=list[ReferenceInput], description=descriptions.REFERENCES
    )

    def operation(self) -> Operation:
        return Operation(change=self.command(), local_id=self.lid, references=_references(self.refs))


@strawberry.input(description="The new content of a record.")
class BatchReplaceInput(ContentInput):
    id: UUID | None = strawberry.field(default=None, description=_ID)
    lid: str | None = strawberry.field(default=None, description=descriptions.LOCAL_ID_OF_RECORD)
    collection: str | None = strawberry.field(default=None, description=descriptions.COLLECTION_OF_CONTENT)
    refs: list[ReferenceInput] = strawberry.field(
        default_factory=list[ReferenceInput], description=descriptions.REFERENCES
    )
    expected_version: int | None = strawberry.field(default=None, description=_EXPECTED_VERSION)
    expect_existing: bool | None = strawberry.field(default=None, description=_EXPECT_EXISTING)

    def operation(self) -> Operation:
        change = ReplaceRecord(
            id=_target(self.id, self.lid),
            collection=self.collection,
            **self.content(),
            precondition=expectation(self.expected_version, existing=self.expect_existing),
        )
        return Operation(change=change, local_id=self.lid, references=_references(self.refs))


@strawberry.input(description="A change of a record in a batch.")
class BatchPatchInput:
    id: UUID | None = strawberry.field(default=None, description=_ID)
    lid: str | None = strawberry.field(default=None, description=descriptions.LOCAL_ID_OF_RECORD)
    patch: JSON = strawberry.field(description=descriptions.PATCH)
    expected_version: int | None = strawberry.field(default=None, description=_EXPECTED_VERSION)

    def operation(self) -> Operation:
        change = PatchRecord(
            id=_target(self.id, self.lid),
            patch=patch_of(document_of(self.patch)),
            precondition=expectation(self.expected_version),
        )
        return Operation(change=change, local_id=self.lid)


@strawberry.input(description="A record to delete in a batch.")
class BatchDeleteInput:
    id: UUID | None = strawberry.field(default=None, description=_ID)
    lid: str | None = strawberry.field(default=None, description=descriptions.LOCAL_ID_OF_RECORD)
    expected_version: int | None = strawberry.field(default=None, description=_EXPECTED_VERSION)

    def operation(self) -> Operation:
        change = DeleteRecord(id=_target(self.id, self.lid), precondition=expectation(self.expected_version))
        return Operation(change=change, local_id=self.lid)


@strawberry.input(description="A link to create or remove in a batch.")
class BatchLinkInput:
    source: UUID | None = strawberry.field(default=None, description="Either this or `sourceLid` is given.")
    source_lid: str | None = strawberry.field(default=None, description=descriptions.LINK_SOURCE_LID)
    relation: str = strawberry.field(description=descriptions.RELATION)
    target: UUID | None = strawberry.field(default=None, description="Either this or `targetLid` is given.")
    target_lid: str | None = strawberry.field(default=None, description=descriptions.LINK_TARGET_LID)

    def operation(self, change: type[LinkRecords | UnlinkRecords]) -> Operation:
        for end, record_id, lid in (("source", self.source, self.source_lid), ("target", self.target, self.target_lid)):
            if (record_id is None) == (lid is None):
                raise InvalidValue(f"/{end}", f"An operation names its {end} either by {end} or by {end}Lid.")
        lids = {"/source": self.source_lid, "/target": self.target_lid}
        return Operation(
            change=change(source=self.source or _NOBODY, relation=self.relation, target=self.target or _NOBODY),
            references={pointer: lid for pointer, lid in lids.items() if lid is not None},
        )


@strawberry.input(description="One change of a batch: exactly one of its members.")
class OperationInput:
    create: BatchCreateInput | None = strawberry.field(default=None, description="Create a record.")
    replace: BatchReplaceInput | None = strawberry.field(default=None, description="Replace a record, or create it.")
    patch: BatchPatchInput | None = strawberry.field(default=None, description="Change a record in part.")
    delete: BatchDeleteInput | None = strawberry.field(default=None, description="Delete a record.")
    link: BatchLinkInput | None = strawberry.field(default=None, description="Link two records.")
    unlink: BatchLinkInput | None = strawberry.field(default=None, description="Remove a link.")

    def operation(self) -> Operation:
        changes = [part for part in (self.create, self.replace, self.patch, self.delete) if part]
        links = [(part, kind) for part, kind in ((self.link, LinkRecords), (self.unlink, UnlinkRecords)) if part]
        if len(changes) + len(links) != 1:
            raise InvalidValue("", "An operation is exactly one of create, replace, patch, delete, link and unlink.")
        return changes[0].operation() if changes else links[0][0].operation(links[0][1])


@strawberry.input(description=descriptions.BATCH)
class ApplyBatchInput:
    operations: list[OperationInput] = strawberry.field(description="The changes.")

    def command(self) -> ApplyBatch:
        """Returns the command.

        Raises:
            OperationRefused: An operation is invalid.
        """
        return ApplyBatch(operations=[_operation(index, each) for index, each in enumerate(self.operations)])

    def patch_at(self, error: DomainError) -> str | None:
        """Returns the name of the member that is a patch in the refused operation, if it has one."""
        is_patch = isinstance(error, OperationRefused) and self.operations[error.index].patch
        return "patch" if is_patch else None


@strawberry.type(description="The result of one operation of a batch.")
class BatchResult:
    id: UUID = strawberry.field(description="The record's id; for a link, the id of its source.")
    created: bool = strawberry.field(description="Whether the record or the link is new.")
    record: Record | None = strawberry.field(description="The record now; null for a deletion and for a link.")

    @classmethod
    def of(cls, applied: AppliedOperation) -> Self:
        return cls(id=applied.id, created=applied.created, record=applied.record and Record.of(applied.record))


@strawberry.type(description="The result of `applyBatch`.")
class ApplyBatchPayload:
    results: list[BatchResult] | None = strawberry.field(
        default=None, description="The result of each operation, in order; null if the batch was refused."
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list[UserError], description="Why the batch was refused; empty if it was applied."
    )


def _operation(index: int, given: OperationInput) -> Operation:
    try:
        return given.operation()
    except DomainError as error:
        raise OperationRefused(index, error) from error


def _target(record_id: UUID | None, lid: str | None) -> UUID:
    if (record_id is None) == (lid is None):
        raise InvalidValue("/id", "An operation names its record either by id or by lid.")
    return record_id or _NOBODY


def _references(given: Sequence[ReferenceInput]) -> dict[str, str]:
    return {reference.pointer: reference.lid for reference in given}
