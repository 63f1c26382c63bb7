"""Reverts of collections in GraphQL: the types."""

from datetime import datetime
from typing import Final, Self
from uuid import UUID

import strawberry

from datastore_service.api.graphql.types.inputs import expectation
from datastore_service.api.graphql.types.user_errors import UserError
from datastore_service.api.http import descriptions
from datastore_service.application.write.commands.revert_collection import RevertCollection, RevertedRecord
from datastore_service.domain.records.content import CONTENT_NAMES

_VERSION: Final = "Refuse unless the collection is at this version (If-Match in REST)."


@strawberry.input(description="When a collection was as it is to be again.")
class RevertCollectionInput:
    name: str = strawberry.field(description=descriptions.COLLECTION_NAME)
    as_of: datetime = strawberry.field(description=descriptions.REVERT_AS_OF)
    dry_run: bool = strawberry.field(default=False, description=descriptions.DRY_RUN)
    expected_version: int | None = strawberry.field(default=None, description=_VERSION)

    def command(self) -> RevertCollection:
        return RevertCollection(
            name=self.name,
            as_of=self.as_of,
            dry_run=self.dry_run,
            precondition=expectation(self.expected_version),
        )


@strawberry.type(description="What is done to a record.")
class Reverted:
    id: UUID = strawberry.field(description=descriptions.RECORD_ID)
    operation: str = strawberry.field(description="`revert` or, where there was no such record at the time, `delete`.")
    version: int = strawberry.field(description="The version that it becomes.")
    to_version: int | None = strawberry.field(
        description=f"The version whose {CONTENT_NAMES} it has again; null of a deleted one."
    )

    @classmethod
    def of(cls, record: RevertedRecord) -> Self:
        return cls(id=record.id, operation=record.operation, version=record.version, to_version=record.to_version)


@strawberry.type(description="What came of `revertCollection`.")
class RevertCollectionPayload:
    records: list[Reverted] | None = strawberry.field(
        default=None,
        description="The records that are changed, or with `dryRun` would be; null where the mutation was refused.",
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list[UserError], description="Why the mutation was refused; empty where it was carried out."
    )
