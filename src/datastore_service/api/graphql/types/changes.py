"""Changes of records in GraphQL: the type."""

from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry

from datastore_service.api.graphql.types.contents import HeldContent, held_content
from datastore_service.api.graphql.types.scalars import JSON
from datastore_service.api.http import descriptions
from datastore_service.application.feed.change import LogEntry


@strawberry.type(description="A change of a record, with what it left.")
class Change(HeldContent):
    cursor: str = strawberry.field(description="As `since` this leads to what follows the change.")
    operation: str = strawberry.field(description=descriptions.CHANGE_OPERATION)
    record_id: UUID = strawberry.field(description=descriptions.RECORD_ID)
    collection: str = strawberry.field(description="The record's collection.")
    version: int = strawberry.field(description="The version that the record has become.")
    payload: JSON | None = strawberry.field(description="What the record holds since; of a deleted one, what it held.")
    at: datetime = strawberry.field(description="When the record was changed.")
    actor: str = strawberry.field(description="Who has changed it.")
    correlation_id: str | None = strawberry.field(description="The X-Request-Id of the request that has changed it.")

    @classmethod
    def of(cls, entry: LogEntry) -> Self:
        change = entry.change
        return cls(
            cursor=str(entry.position),
            operation=change.operation,
            record_id=change.record_id,
            collection=change.collection,
            version=change.version,
            payload=JSON(change.payload),
            at=change.at,
            actor=change.actor,
            correlation_id=change.correlation_id,
            **held_content(change),
        )
