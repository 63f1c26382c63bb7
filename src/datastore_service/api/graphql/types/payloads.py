"""The results of mutations: the outcome, or why they were refused."""

from typing import Final
from uuid import UUID

import strawberry

from datastore_service.api.graphql.types.records import Record
from datastore_service.api.graphql.types.user_errors import UserError

_RECORD: Final = "The record as it is now; null if the mutation was refused."
_USER_ERRORS: Final = "Why the mutation was refused; empty if it was carried out."


@strawberry.type(description="The result of a mutation after which the record exists.")
class RecordPayload:
    record: Record | None = strawberry.field(default=None, description=_RECORD)
    user_errors: list[UserError] = strawberry.field(default_factory=list[UserError], description=_USER_ERRORS)


@strawberry.type(description="The result of `replaceRecord`.")
class ReplaceRecordPayload:
    record: Record | None = strawberry.field(default=None, description=_RECORD)
    created: bool | None = strawberry.field(
        default=None, description="Whether the record is new; null if the mutation was refused."
    )
    user_errors: list[UserError] = strawberry.field(default_factory=list[UserError], description=_USER_ERRORS)


@strawberry.type(description="The result of `deleteRecord`.")
class DeleteRecordPayload:
    id: UUID | None = strawberry.field(
        default=None, description="The deleted record's id; null if the mutation was refused."
    )
    user_errors: list[UserError] = strawberry.field(default_factory=list[UserError], description=_USER_ERRORS)
