"""The input types."""

from typing import Any, Final, cast
from uuid import UUID

import strawberry

from datastore_service.api.graphql.types.scalars import JSON
from datastore_service.api.http import descriptions
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.delete_record import DeleteRecord
from datastore_service.application.write.commands.patch_record import PatchRecord
from datastore_service.application.write.commands.replace_record import ReplaceRecord
from datastore_service.application.write.commands.restore_record import RestoreRecord
from datastore_service.application.write.commands.revert_record import RevertRecord
from datastore_service.domain.errors import InvalidValue
from datastore_service.domain.json_value import Json
from datastore_service.domain.preconditions import Precondition
from datastore_service.domain.records.content import CONTENT_MEMBERS
from datastore_service.domain.records.json_patch import JsonPatch
from datastore_service.domain.records.patches import MergePatch, Patch
from datastore_service.domain.records.values import DEFAULT_COLLECTION

_PAYLOAD: Final = f"{descriptions.PAYLOAD} It must be given, and may be null."
_VERSION: Final = "Refuse unless the record is at this version (If-Match in REST)."
_EXISTING: Final = (
    "True: refuse unless the record exists (`If-Match: *`); false: refuse if it does (`If-None-Match: *`)."
)


@strawberry.input
class ContentInput:
    """The content of a record: the members that clients set."""

    payload: JSON | None = strawberry.field(default=strawberry.UNSET, description=_PAYLOAD)
    tags: list[str] = strawberry.field(default_factory=list[str], description=descriptions.TAGS)

    def content(self) -> dict[str, Any]:
        """Returns them as the arguments of a `GivenContent`.

        Raises:
            InvalidValue: The payload was left out.
        """
        members = {name: getattr(self, name) for name in CONTENT_MEMBERS}
        return {**members, "payload": given_payload(self.payload)}


@strawberry.input(description=descriptions.NEW_RECORD)
class CreateRecordInput(ContentInput):
    id: UUID | None = strawberry.field(default=None, description=descriptions.NEW_RECORD_ID)
    collection: str = strawberry.field(default=DEFAULT_COLLECTION, description=descriptions.COLLECTION)

    def command(self) -> CreateRecord:
        """Returns the command.

        Raises:
            InvalidValue: The payload was left out.
        """
        return CreateRecord(id=self.id, collection=self.collection, **self.content())


@strawberry.input(description=descriptions.RECORD_CONTENT)
class ReplaceRecordInput(ContentInput):
    id: UUID = strawberry.field(description=descriptions.RECORD_ID)
    collection: str | None = strawberry.field(default=None, description=descriptions.COLLECTION_OF_CONTENT)
    expected_version: int | None = strawberry.field(default=None, description=_VERSION)
    expect_existing: bool | None = strawberry.field(default=None, description=_EXISTING)

    def command(self) -> ReplaceRecord:
        """Returns the command.

        Raises:
            InvalidValue: The payload was left out.
        """
        return ReplaceRecord(
            id=self.id,
            collection=self.collection,
            **self.content(),
            precondition=expectation(self.expected_version, existing=self.expect_existing),
        )


@strawberry.input(description="A change of a record.")
class PatchRecordInput:
    id: UUID = strawberry.field(description=descriptions.RECORD_ID)
    patch: JSON = strawberry.field(description=descriptions.PATCH)
    expected_version: int | None = strawberry.field(default=None, description=_VERSION)

    def command(self) -> PatchRecord:
        """Returns the command.

        Raises:
            MalformedPatch: The patch is invalid.
        """
        patch = patch_of(document_of(self.patch))
        return PatchRecord(id=self.id, patch=patch, precondition=expectation(self.expected_version))


@strawberry.input(description="A record to delete.")
class DeleteRecordInput:
    id: UUID = strawberry.field(description=descriptions.RECORD_ID)
    expected_version: int | None = strawberry.field(default=None, description=_VERSION)

    def command(self) -> DeleteRecord:
        return DeleteRecord(id=self.id, precondition=expectation(self.expected_version))


@strawberry.input(description="A deleted record to restore.")
class RestoreRecordInput:
    id: UUID = strawberry.field(description=descriptions.RECORD_ID)

    def command(self) -> RestoreRecord:
        return RestoreRecord(id=self.id)


@strawberry.input(description="The version to revert a record to.")
class RevertRecordInput:
    id: UUID = strawberry.field(description=descriptions.RECORD_ID)
    version: int = strawberry.field(description=descriptions.REVERT_VERSION)
    expected_version: int | None = strawberry.field(default=None, description=_VERSION)

    def command(self) -> RevertRecord:
        return RevertRecord(id=self.id, version=self.version, precondition=expectation(self.expected_version))


def given_payload(value: object) -> Json:
    """Returns the payload of an input.

    Raises:
        InvalidValue: It was left out. GraphQL cannot declare a member that is required but nullable.
    """
    if value is strawberry.UNSET:
        raise InvalidValue("/payload", "/payload: is required.")
    return document_of(value)


def given_members(value: object) -> dict[str, Any]:
    """Returns the given members of an input by their Python names; members that were left out are missing."""
    return {name: member for name, member in vars(value).items() if member is not strawberry.UNSET}


def document_of(value: object) -> Json:
    """Returns the value that the JSON scalar has parsed."""
    return cast("Json", value)


def patch_of(document: Json) -> Patch:
    """Reads a patch: an array is a JSON Patch, everything else a JSON Merge Patch.

    Raises:
        MalformedPatch: It is an array but not a JSON Patch.
    """
    return JsonPatch.parse(document) if isinstance(document, list) else MergePatch(document)


def expectation(version: int | None, *, existing: bool | None = None) -> Precondition:
    """Returns what the caller expects of the record's state, as a precondition."""
    match = "*" if existing and version is None else None
    return Precondition(
        match=match if version is None else frozenset({version}), none_match="*" if existing is False else None
    )
