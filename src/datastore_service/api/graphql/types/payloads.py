"""What mutations answer with: what came of them, or why they were refused."""

from typing import Final
from uuid import UUID

import strawberry

from datastore_service.api.graphql.types.records import Record
from datastore_service.api.graphql.types.user_errors import UserError

_RECORD: Final = "The record as it is now; null where the mutation was refused."
_USER_ERRORS: Final = "Why the mutation was refused; empty where it was carried out."


@strawberry.type(description="What came of a mutation that leaves a record.")
class RecordPayload:
    record: Record | None = strawberry.field(default=None, description=_RECORD)
    user_errors: list[UserError] = strawberry.field(default_factory=list[UserError], description=_USER_ERRORS)


@strawberry.type(description="What came of `replaceRecord`.")
class ReplaceRecordPayload:
    record: Record | None = strawberry.field(default=None, description=_RECORD)
    created: bool | None = strawberry.field(
        default=None, description="Whether there was no such record before; null where the mutation was refused."
    )
    user_errors: list[UserError] = strawberry.field(default_factory=list[UserError], description=_USER_ERRORS)


@strawberry.type(description="What came of `deleteRecord`.")
class DeleteRecordPayload:
    id: UUID | None = strawberry.field(
        default=None, description="The deleted record's id; null where the mutation was refused."
    )
    user_errors: list[UserError] = strawberry.field(default_factory=list[UserError], description=_USER_ERRORS)
