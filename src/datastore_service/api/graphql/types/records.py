"""The output types."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Final, Self
from uuid import UUID

import strawberry

from datastore_service.api.graphql.context import Info
from datastore_service.api.graphql.types.pages import PageArguments
from datastore_service.api.graphql.types.scalars import JSON
from datastore_service.api.http import descriptions
from datastore_service.application.fields import read_payload_path
from datastore_service.application.read.criteria.evaluation import part_of
from datastore_service.application.read.criteria.record_criteria import RecordCriteria
from datastore_service.application.read.cursors import CursorSigner
from datastore_service.application.read.pagination import Page
from datastore_service.application.read.ports.links import Direction, LinkCriteria
from datastore_service.application.read.queries.count_records import CountRecords
from datastore_service.application.views import JsonText, RecordView

if TYPE_CHECKING:
    from datastore_service.api.graphql.types.links import LinkConnection
    from datastore_service.api.graphql.types.revisions import RevisionConnection

Revisions = Annotated["RevisionConnection", strawberry.lazy("datastore_service.api.graphql.types.revisions")]
Links = Annotated["LinkConnection", strawberry.lazy("datastore_service.api.graphql.types.links")]

_ID: Final = "Unique among all objects. A record's is its UUID, the same as in REST."


@strawberry.interface(description="An object with an id (Relay's object identification).")
class Node:
    id: strawberry.ID = strawberry.field(description=_ID)


@strawberry.type(description=descriptions.RECORD)
class Record(Node):
    collection: str = strawberry.field(description="The collection that it was created in, and stays in.")
    version: int = strawberry.field(description=descriptions.VERSION)
    whole_payload: strawberry.Private[JsonText]
    tags: list[str] = strawberry.field(description="Each once, sorted.")
    created_at: datetime = strawberry.field(description="When it was created.")
    updated_at: datetime = strawberry.field(description="When it was changed last.")
    deleted_at: datetime | None = strawberry.field(description=descriptions.DELETED_AT)

    @strawberry.field(description=descriptions.PAYLOAD)
    def payload(
        self, path: Annotated[str | None, strawberry.argument(description=descriptions.PICKED_PATH)] = None
    ) -> JSON | None:
        return JSON(
            self.whole_payload if path is None else part_of(self.whole_payload, read_payload_path(path, "/path"))
        )

    @strawberry.field(description="What it was, the newest first: all that is kept of it.")
    async def revisions(
        self,
        info: Info,
        first: Annotated[int | None, strawberry.argument(description="How many, from the newest.")] = None,
        after: Annotated[str | None, strawberry.argument(description="Only what comes after this cursor.")] = None,
    ) -> Revisions:
        from datastore_service.api.graphql.types.revisions import history  # noqa: PLC0415 - it needs the types here

        return await history(info, UUID(self.id), first, after)

    @strawberry.field(description="The links from it, in the order in which they were made.")
    async def links(
        self,
        info: Info,
        relation: Annotated[str | None, strawberry.argument(description=descriptions.ONLY_RELATION)] = None,
        first: Annotated[int | None, strawberry.argument(description="How many, from the beginning.")] = None,
        after: Annotated[str | None, strawberry.argument(description="Only what comes after this cursor.")] = None,
        last: Annotated[int | None, strawberry.argument(description="How many, from the end.")] = None,
        before: Annotated[str | None, strawberry.argument(description="Only what comes before this cursor.")] = None,
    ) -> Links:
        return await _links(info, self.id, "out", relation, PageArguments(first, after, last, before))

    @strawberry.field(description="The links to it, in the order in which they were made.")
    async def backlinks(
        self,
        info: Info,
        relation: Annotated[str | None, strawberry.argument(description=descriptions.ONLY_RELATION)] = None,
        first: Annotated[int | None, strawberry.argument(description="How many, from the beginning.")] = None,
        after: Annotated[str | None, strawberry.argument(description="Only what comes after this cursor.")] = None,
        last: Annotated[int | None, strawberry.argument(description="How many, from the end.")] = None,
        before: Annotated[str | None, strawberry.argument(description="Only what comes before this cursor.")] = None,
    ) -> Links:
        return await _links(info, self.id, "in", relation, PageArguments(first, after, last, before))

    @classmethod
    def of(cls, view: RecordView) -> Self:
        return cls(
            id=strawberry.ID(str(view.id)),
            collection=view.collection,
            version=view.version,
            whole_payload=view.payload,
            tags=list(view.tags),
            created_at=view.created_at,
            updated_at=view.updated_at,
            deleted_at=view.deleted_at,
        )


@strawberry.type(description="Where a page lies in its list (Relay's connections).")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether there is more after this page.")
    has_previous_page: bool = strawberry.field(description="Whether there is more before this page.")
    start_cursor: str | None = strawberry.field(description="The cursor of the first item; null on an empty page.")
    end_cursor: str | None = strawberry.field(description="The cursor of the last item; null on an empty page.")


def page_info_of(page: Page[Any], edges: Sequence[Any]) -> PageInfo:
    """Says where a page with these edges lies."""
    return PageInfo(
        has_next_page=page.has_next,
        has_previous_page=page.has_previous,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )


@strawberry.type(description="A record in a list.")
class RecordEdge:
    cursor: str = strawberry.field(description="For `after` and `before`.")
    node: Record = strawberry.field(description="The record.")


@strawberry.type(description="A page of records.")
class RecordConnection:
    criteria: strawberry.Private[RecordCriteria]
    edges: list[RecordEdge] = strawberry.field(description="The records with their cursors.")
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")

    @strawberry.field(description="The records without their cursors.")
    def nodes(self) -> list[Record]:
        return [edge.node for edge in self.edges]

    @strawberry.field(description="How many records the whole list has; they are counted when this is asked for.")
    async def total_count(self, info: Info) -> int:
        return await info.context.mediator.send(CountRecords(criteria=self.criteria))

    @classmethod
    def of(cls, page: Page[RecordView], criteria: RecordCriteria, cursors: CursorSigner) -> Self:
        edges = [
            RecordEdge(cursor=cursors.sign(cursor, criteria.scope), node=Record.of(view))
            for view, cursor in zip(page.items, page.cursors, strict=True)
        ]
        return cls(criteria=criteria, edges=edges, page_info=page_info_of(page, edges))


async def _links(
    info: Info, id: strawberry.ID, direction: Direction, relation: str | None, asked: PageArguments
) -> "LinkConnection":
    from datastore_service.api.graphql.types.links import connection  # noqa: PLC0415 - its records are of the type here

    return await connection(info, UUID(id), LinkCriteria(direction=direction, relation=relation), asked)
