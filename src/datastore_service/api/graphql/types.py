"""The output types."""

from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry

from datastore_service.api.graphql.scalars import JSON
from datastore_service.application.pagination import Cursor, Page
from datastore_service.application.views import RecordView


@strawberry.interface(description="An object with an id (Relay's object identification).")
class Node:
    id: strawberry.ID = strawberry.field(
        description="Unique among all objects. A record's is its UUID, the same as in REST."
    )


@strawberry.type(description="A record.")
class Record(Node):
    collection: str
    version: int = strawberry.field(description="Starts at 1 and grows by 1 with each change.")
    payload: JSON | None = strawberry.field(description="The document, any JSON value.")
    tags: list[str] = strawberry.field(description="Each once, sorted.")
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, view: RecordView) -> Self:
        return cls(
            id=strawberry.ID(str(view.id)),
            collection=view.collection,
            version=view.version,
            payload=JSON(view.payload),
            tags=list(view.tags),
            created_at=view.created_at,
            updated_at=view.updated_at,
        )


@strawberry.type(description="Where a page lies in its list (Relay's connections).")
class PageInfo:
    has_next_page: bool
    has_previous_page: bool
    start_cursor: str | None
    end_cursor: str | None


@strawberry.type(description="A record in a list.")
class RecordEdge:
    cursor: str = strawberry.field(description="For `after` and `before`.")
    node: Record


@strawberry.type(description="A page of records.")
class RecordConnection:
    edges: list[RecordEdge]
    page_info: PageInfo

    @strawberry.field(description="The records without their cursors.")
    def nodes(self) -> list[Record]:
        return [edge.node for edge in self.edges]

    @classmethod
    def of(cls, page: Page[RecordView]) -> Self:
        edges = [RecordEdge(cursor=str(Cursor(view.id)), node=Record.of(view)) for view in page.items]
        info = PageInfo(
            has_next_page=page.has_next,
            has_previous_page=page.has_previous,
            start_cursor=edges[0].cursor if edges else None,
            end_cursor=edges[-1].cursor if edges else None,
        )
        return cls(edges=edges, page_info=info)


@strawberry.type(description="What came of a mutation that leaves a record.")
class RecordPayload:
    record: Record


@strawberry.type(description="What came of `replaceRecord`.")
class ReplaceRecordPayload:
    record: Record
    created: bool = strawberry.field(description="Whether there was no such record before.")


@strawberry.type(description="What came of `deleteRecord`.")
class DeleteRecordPayload:
    id: UUID = strawberry.field(description="The deleted record's id.")
