"""The record aggregate: what may happen to a record, and what its version is afterwards."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Self
from uuid import UUID

from datastore_service.domain.errors import CollectionMismatch, InvalidValue, RecordDeleted, RecordNotDeleted
from datastore_service.domain.json_value import escape_pointer
from datastore_service.domain.preconditions import ANY_STATE, Precondition
from datastore_service.domain.records.content import (
    CONTENT_MEMBERS,
    CONTENT_NAMES,
    Content,
    GivenContent,
    HasContent,
    given_members,
)
from datastore_service.domain.records.events import Operation, RecordChanged
from datastore_service.domain.records.patches import Patch
from datastore_service.domain.records.values import collection_name


def _no_events() -> list[RecordChanged]:
    # Not `list[RecordChanged]`, which is ten times as slow: this is called for each record.
    return []


@dataclass(slots=True, kw_only=True)
class Record(HasContent):
    """A JSON document with an identity.

    Attributes:
        version: Starts at 1 and grows by 1 with each change, deletion included.
        deleted_at: Set on a tombstone, which is all that remains of a deleted record.
        events: What has happened to it since it was made or read.
    """

    id: UUID
    collection: str
    version: int
    content: Content
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None
    events: list[RecordChanged] = field(default_factory=_no_events, compare=False)

    @classmethod
    def create(cls, record_id: UUID, given: GivenContent, *, collection: str, at: datetime) -> Self:
        """Makes the first version of a record.

        Raises:
            InvalidValue: The collection's name or a member of the content breaks a rule.
        """
        content = Content.of(given)
        record = cls(
            id=record_id,
            collection=collection_name(collection),
            version=0,
            content=content,
            created_at=at,
            updated_at=at,
        )
        record._changed("create", at)
        return record

    def expect(self, precondition: Precondition) -> None:
        """Makes sure that the record is in the state that the caller expects; a tombstone is no record.

        Raises:
            PreconditionFailed: It is not.
        """
        precondition.check("Record", self.id, None if self.deleted_at else self.version)

    def expect_in(self, collection: str | None) -> None:
        """Makes sure that the record is in the collection; None is any.

        Raises:
            CollectionMismatch: It is in another one.
        """
        if collection is not None and collection != self.collection:
            raise CollectionMismatch(self.id, self.collection, collection)

    def is_in(self, collection: str | None) -> bool:
        """Tells whether the record is in the collection; None is any."""
        return collection is None or collection == self.collection

    def replace(self, given: GivenContent | Content, *, at: datetime) -> None:
        """Sets the content; a tombstone becomes a record again.

        Raises:
            InvalidValue: A member of the content breaks a rule.
        """
        self.content = Content.of(given)
        self.deleted_at = None
        self._changed("replace", at)

    def patch(self, patch: Patch, *, precondition: Precondition = ANY_STATE, at: datetime) -> None:
        """Changes the content in part.

        Raises:
            RecordDeleted: It is a tombstone.
            PreconditionFailed: It is in another state.
            InvalidValue: What the patch leaves is no record.
        """
        self._expect_present()
        self.expect(precondition)
        patched = patch.apply(self.content.document())
        if not isinstance(patched, dict):
            raise InvalidValue("", f"A patch applies to an object with the members {CONTENT_NAMES}.")
        for member in sorted(patched.keys() - set(CONTENT_MEMBERS)):
            raise InvalidValue(
                f"/{escape_pointer(member)}", f"{member!r} cannot be patched; the members are {CONTENT_NAMES}."
            )
        if "payload" not in patched:
            raise InvalidValue("/payload", "The patch removes the payload; to make it null, replace the record.")
        self.content = Content.of(GivenContent(**given_members(patched)))
        self._changed("patch", at)

    def delete(self, *, precondition: Precondition = ANY_STATE, at: datetime) -> None:
        """Leaves a tombstone, with the last payload kept for a restore.

        Raises:
            RecordDeleted: It is one already.
            PreconditionFailed: It is in another state.
        """
        self._expect_present()
        self.expect(precondition)
        self._changed("delete", at)
        self.deleted_at = self.updated_at

    def restore(self, *, at: datetime) -> None:
        """Makes a record of a tombstone again, as it was.

        Raises:
            RecordNotDeleted: It is no tombstone.
        """
        if self.deleted_at is None:
            raise RecordNotDeleted(self.id)
        self.deleted_at = None
        self._changed("restore", at)

    def revert(self, change: RecordChanged, *, at: datetime) -> None:
        """Sets the content to what it was after a change; a tombstone becomes a record again.

        Raises:
            InvalidValue: The change is a deletion.
        """
        if change.operation == "delete":
            raise InvalidValue("/version", f"Version {change.version} is a deletion, after which it held nothing.")
        self.content = change.content
        self.deleted_at = None
        self._changed("revert", at)

    def _expect_present(self) -> None:
        if self.deleted_at:
            raise RecordDeleted(self.id)

    def _changed(self, operation: Operation, at: datetime) -> None:
        self.version += 1
        # Clocks of several machines differ; the times of the versions are in their order all the same.
        self.updated_at = max(at, self.updated_at)
        self.events.append(
            RecordChanged(
                record_id=self.id,
                collection=self.collection,
                version=self.version,
                operation=operation,
                content=self.content,
                at=self.updated_at,
            )
        )
