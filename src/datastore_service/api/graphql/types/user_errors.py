"""Refusals of mutations as data: each refusal of the domain has a code that a typed client can switch on."""

from collections.abc import Mapping
from enum import Enum
from typing import Any, Final, Self

import strawberry

from datastore_service.api.http.catalogue import CATALOGUE
from datastore_service.application.errors import CursorExpired, InvalidCursor, OperationRefused
from datastore_service.domain.errors import (
    DomainError,
    InvalidValue,
    MalformedPatch,
    PatchConflict,
    PreconditionFailed,
    SchemaViolated,
)
from datastore_service.domain.typed.errors import KeywordInvalid, NameInvalid, NameTaken, SchemaTooLarge


def _code(code: str) -> Any:  # noqa: ANN401 - Strawberry unwraps it to the member's value
    return strawberry.enum_value(code, description=f"{CATALOGUE[code][1]}.")


@strawberry.enum(description="Why a mutation was refused; the codes are those of REST.")
class UserErrorCode(Enum):
    collection_exists = _code("collection_exists")
    collection_mismatch = _code("collection_mismatch")
    collection_not_empty = _code("collection_not_empty")
    collection_not_found = _code("collection_not_found")
    consumer_ahead = _code("consumer_ahead")
    consumer_not_found = _code("consumer_not_found")
    cursor_expired = _code("cursor_expired")
    forbidden = _code("forbidden")
    idempotency_key_in_flight = _code("idempotency_key_in_flight")
    idempotency_key_reused = _code("idempotency_key_reused")
    invalid_cursor = _code("invalid_cursor")
    index_not_found = _code("index_not_found")
    keyword_invalid = _code("keyword_invalid")
    link_not_found = _code("link_not_found")
    local_id_taken = _code("local_id_taken")
    local_id_unknown = _code("local_id_unknown")
    malformed_patch = _code("malformed_patch")
    name_invalid = _code("name_invalid")
    name_taken = _code("name_taken")
    patch_conflict = _code("patch_conflict")
    patch_test_failed = _code("patch_test_failed")
    precondition_failed = _code("precondition_failed")
    record_deleted = _code("record_deleted")
    record_exists = _code("record_exists")
    record_linked = _code("record_linked")
    record_not_found = _code("record_not_found")
    reference_misplaced = _code("reference_misplaced")
    schema_change_refused = _code("schema_change_refused")
    schema_change_under_way = _code("schema_change_under_way")
    schema_too_large = _code("schema_too_large")
    schema_violated = _code("schema_violated")
    history_expired = _code("history_expired")
    record_not_deleted = _code("record_not_deleted")
    revision_not_found = _code("revision_not_found")
    as_of_not_settled = _code("as_of_not_settled")
    as_of_in_future = _code("as_of_in_future")
    too_many_reverted = _code("too_many_reverted")
    validation_failed = _code("validation_failed")
    webhook_not_found = _code("webhook_not_found")


_MEMBERS: Final[Mapping[str, str]] = {
    "too_many_reverted": "asOf",
    "as_of_not_settled": "asOf",
    "as_of_in_future": "asOf",
    "revision_not_found": "version",
    "record_not_deleted": "id",
    "collection_exists": "name",
    "collection_mismatch": "collection",
    "collection_not_empty": "name",
    "collection_not_found": "name",
    "consumer_ahead": "cursor",
    "consumer_not_found": "name",
    "index_not_found": "path",
    "local_id_taken": "lid",
    "local_id_unknown": "lid",
    "record_deleted": "id",
    "record_exists": "id",
    "record_linked": "id",
    "record_not_found": "id",
    "reference_misplaced": "refs",
    "schema_change_refused": "schema",
    "schema_change_under_way": "name",
    "webhook_not_found": "name",
}
"""The member of the input that each refusal is about, except for invalid values and cursors, which name their own."""


@strawberry.type(description="Why a mutation was refused. Nothing was changed.")
class UserError:
    code: UserErrorCode = strawberry.field(description="For programs: what is wrong.")
    message: str = strawberry.field(description="For people: what is wrong, in one sentence.")
    path: list[str] = strawberry.field(
        description="The path to the bad member of the input; an index is written as a string."
    )
    current_version: int | None = strawberry.field(
        description="With `precondition_failed`, the current version of the record; null if there is no record."
    )

    @classmethod
    def of(
        cls,
        error: DomainError,
        *,
        precondition: str = "expectedVersion",
        patch: str | None = None,
        members: Mapping[str, str] | None = None,
    ) -> Self:
        """Translates a refusal for clients.

        Args:
            error: The refusal.
            precondition: The member of the input with the expected state of the record.
            patch: The member of the input that is a patch; pointers to a bad value point into it.
            members: The member of the input that a code is about, if it differs from the usual one.

        Raises:
            DomainError: It is an error that clients cannot expect.
        """
        if isinstance(error, OperationRefused):
            refusal = cls.of(error.cause, precondition=precondition, patch=patch, members=members)
            refusal.message, refusal.path = error.detail, ["operations", str(error.index), *refusal.path]
            return refusal
        if error.code not in {code.value for code in UserErrorCode}:
            raise error
        return cls(
            code=UserErrorCode(error.code),
            message=error.detail,
            path=_path(error, precondition, patch, {**_MEMBERS, **(members or {})}),
            current_version=error.current_version if isinstance(error, PreconditionFailed) else None,
        )


def _path(error: DomainError, precondition: str, patch: str | None, members: Mapping[str, str]) -> list[str]:
    match error:
        case SchemaViolated():
            return _steps(error.violations[0][0])
        case KeywordInvalid() | NameInvalid() | NameTaken() | SchemaTooLarge():
            return _steps(error.flaws[0].pointer)
        case InvalidValue() | MalformedPatch() | PatchConflict():
            return [*([patch] if patch else []), *_steps(error.pointer)]
        case PreconditionFailed():
            return [precondition]
        case InvalidCursor() | CursorExpired():
            return [error.parameter]
        case _:
            return [members[error.code]] if error.code in members else []


def _steps(pointer: str) -> list[str]:
    """Returns the reference tokens of a JSON Pointer (RFC 6901, section 4)."""
    return [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
