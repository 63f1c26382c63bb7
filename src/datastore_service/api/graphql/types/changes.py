"""The type of changes."""

from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry

from datastore_service.api.graphql.types.contents import HeldContent, held_content
from datastore_service.api.graphql.types.scalars import JSON
from datastore_service.api.http import descriptions
from datastore_service.application.feed.change import LogEntry


@strawberry.type(description="A change of a record, with the record's content after it.")
class Change(HeldContent):
    cursor: str = strawberry.field(description="As `since`, this cursor continues after the change.")
    operation: str = strawberry.field(description=descriptions.CHANGE_OPERATION)
    record_id: UUID = strawberry.field(description=descriptions.RECORD_ID)
    collection: str = strawberry.field(description="The record's collection.")
    version: int = strawberry.field(description="The record's version after the change.")
    payload: JSON | None = strawberry.field(
        description="The payload since the change; for a deletion, the payload until then."
    )
    at: datetime = strawberry.field(description="When the record was changed.")
    actor: str = strawberry.field(description="The actor that changed it.")
    correlation_id: str | None = strawberry.field(description="The X-Correlation-Id or X-Request-Id of that request.")

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
