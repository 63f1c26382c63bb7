"""The types of reverts of collections."""

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


@strawberry.input(description="The time to return a collection to.")
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


@strawberry.type(description="The change of one record.")
class Reverted:
    id: UUID = strawberry.field(description=descriptions.RECORD_ID)
    operation: str = strawberry.field(description="`revert` or, if the record did not exist at that time, `delete`.")
    version: int = strawberry.field(description="The new version.")
    to_version: int | None = strawberry.field(
        description=f"The version whose {CONTENT_NAMES} it takes on again; null for a deletion."
    )

    @classmethod
    def of(cls, record: RevertedRecord) -> Self:
        return cls(id=record.id, operation=record.operation, version=record.version, to_version=record.to_version)


@strawberry.type(description="The result of `revertCollection`.")
class RevertCollectionPayload:
    records: list[Reverted] | None = strawberry.field(
        default=None,
        description="The records that were changed, or would be with `dryRun`; null if the mutation was refused.",
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list[UserError], description="Why the mutation was refused; empty if it was carried out."
    )
