"""What the domain refuses, each with a stable code that every facade passes on."""

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar
from uuid import UUID


def moment_text(moment: datetime) -> str:
    """Returns a time in UTC as RFC 3339 has it, with microseconds."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


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
    """No record with this id has ever existed.

    Attributes:
        record_id: The id, as text.
    """

    code = "record_not_found"

    def __init__(self, record_id: UUID) -> None:
        super().__init__(f"There is no record {record_id}.")
        self.record_id = str(record_id)


class RecordDeleted(DomainError):
    """The record was deleted; its tombstone remains.

    Attributes:
        record_id: The id, as text.
    """

    code = "record_deleted"

    def __init__(self, record_id: UUID) -> None:
        super().__init__(f"Record {record_id} was deleted.")
        self.record_id = str(record_id)


class RecordNotDeleted(DomainError):
    """Only what was deleted can be restored."""

    code = "record_not_deleted"

    def __init__(self, record_id: UUID) -> None:
        super().__init__(f"Record {record_id} is there; only a deleted one can be restored.")


class RevisionNotFound(DomainError):
    """The record has never been at this version."""

    code = "revision_not_found"

    def __init__(self, record_id: UUID, version: int) -> None:
        super().__init__(f"Record {record_id} has never been at version {version}.")


class HistoryExpired(DomainError):
    """What was so long ago is not kept any more.

    Attributes:
        horizon: What was since then is; None where the time of that is not known.
    """

    code = "history_expired"

    def __init__(self, what: UUID | str, horizon: datetime | None = None) -> None:
        subject = f"record {what}" if isinstance(what, UUID) else what
        since = "not kept from so long ago" if horizon is None else f"kept from {moment_text(horizon)} on"
        super().__init__(f"The history of {subject} is {since}.")
        self.horizon = horizon and moment_text(horizon)


class AsOfInFuture(DomainError):
    """What a reader will get at a time to come is not known."""

    code = "as_of_in_future"

    def __init__(self, asked: datetime, now: datetime) -> None:
        super().__init__(f"{moment_text(asked)} has not come; it is {moment_text(now)}.")


class RecordExists(DomainError):
    """The id is taken, by a record or by a tombstone."""

    code = "record_exists"

    def __init__(self, record_id: UUID) -> None:
        super().__init__(f"The id {record_id} is taken: a record has, or had, it.")


class RecordLinked(DomainError):
    """Other records link to the record, which is therefore kept."""

    code = "record_linked"

    def __init__(self, record_id: UUID, source: UUID, relation: str) -> None:
        super().__init__(f"Record {record_id} is kept: record {source}, for one, links to it as {relation!r}.")


class LinkNotFound(DomainError):
    """There is no such link."""

    code = "link_not_found"

    def __init__(self, source: UUID, relation: str, target: UUID) -> None:
        super().__init__(f"There is no link {relation!r} from record {source} to record {target}.")


class CollectionMismatch(DomainError):
    """A record stays in the collection that it was created in."""

    code = "collection_mismatch"

    def __init__(self, record_id: UUID, actual: str, given: str) -> None:
        super().__init__(f"Record {record_id} is in the collection {actual!r} and cannot be moved to {given!r}.")


class PreconditionFailed(DomainError):
    """What is to be changed or read is not in the state that the caller expects.

    Attributes:
        current_version: The version that it is at; None where there is no such thing.
    """

    code = "precondition_failed"

    def __init__(self, kind: str, key: UUID | str, current_version: int | None) -> None:
        name = repr(key) if isinstance(key, str) else key
        state = "does not exist" if current_version is None else f"is at version {current_version}"
        super().__init__(f"{kind} {name} {state}, which is not what the request expects.")
        self.current_version = current_version


class CollectionNotFound(DomainError):
    """There is no collection with this name."""

    code = "collection_not_found"

    def __init__(self, name: str) -> None:
        super().__init__(f"There is no collection {name!r}.")


class TooManyReverted(DomainError):
    """A revert of a collection would change more records than one unit of work may."""

    code = "too_many_reverted"

    def __init__(self, name: str, most: int) -> None:
        super().__init__(f"More than {most} records of the collection {name!r} were changed since then.")


class CollectionExists(DomainError):
    """There is a collection with this name already."""

    code = "collection_exists"

    def __init__(self, name: str) -> None:
        super().__init__(f"There is a collection {name!r} already.")


class CollectionNotEmpty(DomainError):
    """A collection that records or tombstones are in stays."""

    code = "collection_not_empty"

    def __init__(self, name: str) -> None:
        super().__init__(f"The collection {name!r} holds records or their tombstones, and is kept for their sake.")


class IndexNotFound(DomainError):
    """The collection has no such index."""

    code = "index_not_found"

    def __init__(self, collection: str, path: str) -> None:
        super().__init__(f"The collection {collection!r} has no index on {path}.")


class SchemaViolated(DomainError):
    """A payload does not fit the JSON Schema of its collection.

    Attributes:
        violations: For each bad part a JSON Pointer from the top of the record, and what is wrong with it.
    """

    code = "schema_violated"

    def __init__(self, collection: str, violations: Sequence[tuple[str, str]]) -> None:
        reasons = "; ".join(f"{pointer}: {reason}" for pointer, reason in violations)
        super().__init__(f"The payload does not fit the schema of the collection {collection!r}: {reasons}.")
        self.violations: Sequence[Sequence[str]] = [list(violation) for violation in violations]
