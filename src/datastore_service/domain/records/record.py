"""The record aggregate: what may happen to a record, and what its version is afterwards."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Self
from uuid import UUID

from datastore_service.domain.errors import CollectionMismatch, InvalidValue, RecordDeleted, RecordNotDeleted
from datastore_service.domain.json_value import Json, check_storable, escape_pointer
from datastore_service.domain.records.events import Operation, RecordChanged
from datastore_service.domain.records.patches import Patch
from datastore_service.domain.records.values import ANY_STATE, Precondition, collection_name, tag_set

_MUTABLE_MEMBERS: Final = ("payload", "tags")


def _no_events() -> list[RecordChanged]:
    # Not `list[RecordChanged]`, which is ten times as slow: this is called for each record.
    return []


@dataclass(slots=True, kw_only=True)
class Record:
    """A JSON document with an identity.

    Attributes:
        version: Starts at 1 and grows by 1 with each change, deletion included.
        deleted_at: Set on a tombstone, which is all that remains of a deleted record.
        events: What has happened to it since it was made or read.
    """

    id: UUID
    collection: str
    version: int
    payload: Json
    tags: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    deleted_at: datetime | None = None
    events: list[RecordChanged] = field(default_factory=_no_events, compare=False)

    @classmethod
    def create(cls, record_id: UUID, *, collection: str, payload: Json, tags: Sequence[object], at: datetime) -> Self:
        """Makes the first version of a record.

        Raises:
            InvalidValue: The collection's name, the payload or a tag breaks a rule.
        """
        check_storable(payload, "/payload")
        record = cls(
            id=record_id,
            collection=collection_name(collection),
            version=0,
            payload=payload,
            tags=tag_set(tags),
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
        precondition.check(self.id, None if self.deleted_at else self.version)

    def expect_in(self, collection: str | None) -> None:
        """Makes sure that the record is in the collection; None is any.

        Raises:
            CollectionMismatch: It is in another one.
        """
        if collection is not None and collection != self.collection:
            raise CollectionMismatch(self.id, self.collection, collection)

    def replace(self, *, payload: Json, tags: Sequence[object], at: datetime) -> None:
        """Sets the payload and the tags; a tombstone becomes a record again.

        Raises:
            InvalidValue: The payload or a tag breaks a rule.
        """
        self._hold(payload, tags)
        self.deleted_at = None
        self._changed("replace", at)

    def patch(self, patch: Patch, *, precondition: Precondition = ANY_STATE, at: datetime) -> None:
        """Changes the payload and the tags in part.

        Raises:
            RecordDeleted: It is a tombstone.
            PreconditionFailed: It is in another state.
            InvalidValue: What the patch leaves is no record.
        """
        self._expect_present()
        self.expect(precondition)
        patched = patch.apply({"payload": self.payload, "tags": list(self.tags)})
        if not isinstance(patched, dict):
            raise InvalidValue("", "A patch applies to an object with the members payload and tags.")
        for member in sorted(patched.keys() - set(_MUTABLE_MEMBERS)):
            raise InvalidValue(
                f"/{escape_pointer(member)}", f"{member!r} cannot be patched; the members are payload and tags."
            )
        if "payload" not in patched:
            raise InvalidValue("/payload", "The patch removes the payload; to make it null, replace the record.")
        tags = patched.get("tags", [])
        if not isinstance(tags, list):
            raise InvalidValue("/tags", "The tags are an array of texts.")
        self._hold(patched["payload"], tags)
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
        """Sets the payload and the tags to what they were after a change; a tombstone becomes a record again.

        Raises:
            InvalidValue: The change is a deletion.
        """
        if change.operation == "delete":
            raise InvalidValue("/version", f"Version {change.version} is a deletion, after which it held nothing.")
        self.payload, self.tags = change.payload, change.tags
        self.deleted_at = None
        self._changed("revert", at)

    def _expect_present(self) -> None:
        if self.deleted_at:
            raise RecordDeleted(self.id)

    def _hold(self, payload: Json, tags: Sequence[object]) -> None:
        check_storable(payload, "/payload")
        self.payload, self.tags = payload, tag_set(tags)

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
                payload=self.payload,
                tags=self.tags,
                at=self.updated_at,
            )
        )
