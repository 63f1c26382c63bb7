"""What the domain refuses, each with a stable code that every facade passes on."""

from typing import ClassVar
from uuid import UUID


class DomainError(Exception):
    """A refusal with a reason; nothing was changed.

    Attributes:
        code: Stable and machine-readable; the same in REST and GraphQL.
        detail: One sentence for a person, which names the bad part.
    """

    code: ClassVar[str]

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class InvalidValue(DomainError):
    """A value breaks a rule of the store.

    Attributes:
        pointer: JSON Pointer (RFC 6901) to the bad member, from the top of the record.
    """

    code = "validation_failed"

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(detail)
        self.pointer = pointer


class MalformedPatch(DomainError):
    """A patch document is not what its media type says.

    Attributes:
        pointer: JSON Pointer to the bad part of the patch.
    """

    code = "malformed_patch"

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(detail)
        self.pointer = pointer


class PatchConflict(DomainError):
    """A patch does not fit the document as it is.

    Attributes:
        pointer: JSON Pointer to the part of the patch that does not.
    """

    code = "patch_conflict"

    def __init__(self, pointer: str, detail: str) -> None:
        super().__init__(detail)
        self.pointer = pointer


class PatchTestFailed(PatchConflict):
    """A patch's `test` operation does not hold."""

    code = "patch_test_failed"


class RecordNotFound(DomainError):
    """No record with this id has ever existed."""

    code = "record_not_found"

    def __init__(self, record_id: UUID) -> None:
        super().__init__(f"There is no record {record_id}.")


class RecordDeleted(DomainError):
    """The record was deleted; its tombstone remains."""

    code = "record_deleted"

    def __init__(self, record_id: UUID) -> None:
        super().__init__(f"Record {record_id} was deleted.")


class RecordExists(DomainError):
    """The id is taken, be it by a record or by a tombstone."""

    code = "record_exists"

    def __init__(self, record_id: UUID) -> None:
        super().__init__(f"The id {record_id} is taken: a record has, or had, it.")


class CollectionMismatch(DomainError):
    """A record stays in the collection that it was created in."""

    code = "collection_mismatch"

    def __init__(self, record_id: UUID, actual: str, given: str) -> None:
        super().__init__(f"Record {record_id} is in the collection {actual!r} and cannot be moved to {given!r}.")


class PreconditionFailed(DomainError):
    """The record is not in the state that the caller expects.

    Attributes:
        current_version: The version that the record is at; None where there is no record.
    """

    code = "precondition_failed"

    def __init__(self, record_id: UUID, current_version: int | None) -> None:
        state = "does not exist" if current_version is None else f"is at version {current_version}"
        super().__init__(f"Record {record_id} {state}, which is not what the request expects.")
        self.current_version = current_version
