"""Records, their lists, and the links between them: types that refer to each other."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property, partial
from typing import Annotated, Any, Final, Self
from uuid import UUID

import strawberry

from datastore_service.api.graphql.compiled_fields import Member, NestedQuery, compiled
from datastore_service.api.graphql.context import Info
from datastore_service.api.graphql.loaders import loaded
from datastore_service.api.graphql.types.contents import HeldContent, held_content
from datastore_service.api.graphql.types.pages import After, Before, First, Last, PageArguments
from datastore_service.api.graphql.types.relay import Node, PageInfo, page_info_of
from datastore_service.api.graphql.types.revisions import RevisionConnection, history, read_history
from datastore_service.api.graphql.types.scalars import JSON
from datastore_service.api.http import descriptions
from datastore_service.application.fields import read_payload_path
from datastore_service.application.json_codec import decode
from datastore_service.application.mediator import Sender
from datastore_service.application.messages import Query
from datastore_service.application.read.criteria.evaluation import part_of
from datastore_service.application.read.criteria.record_criteria import RecordCriteria
from datastore_service.application.read.cursors import CursorSigner
from datastore_service.application.read.pagination import Cursor, Page, PageRequest
from datastore_service.application.read.ports.links import Direction, LinkCriteria
from datastore_service.application.read.queries.count_links import CountLinks
from datastore_service.application.read.queries.count_records import CountRecords
from datastore_service.application.read.queries.follow_links import FollowLinks
from datastore_service.application.read.selections import Selected
from datastore_service.application.read.unknown_ids import UNKNOWN_IDS
from datastore_service.application.views import JsonText, LinkedRecord, RecordView
from datastore_service.config.settings import LimitSettings
from datastore_service.domain.json_value import Json
from datastore_service.domain.links.link import relation_name


def _read_links(
    direction: Direction,
    shape: Selected,
    limits: LimitSettings,
    /,
    *,
    relation: str | None = None,
    first: int | None = None,
    after: str | None = None,
    last: int | None = None,
    before: str | None = None,
) -> Sequence[Query[Any]]:
    criteria = LinkCriteria(direction=direction, relation=None if relation is None else relation_name(relation))
    page = PageArguments(first, after, last, before).uncut_request(limits)
    counted = [CountLinks(ids=UNKNOWN_IDS, criteria=criteria)] if shape.has("total_count") else []
    return [FollowLinks(ids=UNKNOWN_IDS, criteria=criteria, page=page), *counted]


_LINKS: Final = compiled(NestedQuery(partial(_read_links, "out")))
_BACKLINKS: Final = compiled(NestedQuery(partial(_read_links, "in")))
_MEMBER: Final = compiled(Member())


@strawberry.type(description=descriptions.RECORD)
class Record(HeldContent, Node):
    collection: str = strawberry.field(description="The collection that it was created in, and stays in.")
    version: int = strawberry.field(description=descriptions.VERSION)
    whole_payload: strawberry.Private[JsonText]
    created_at: datetime = strawberry.field(description="When it was created.")
    updated_at: datetime = strawberry.field(description="When it last changed.")
    deleted_at: datetime | None = strawberry.field(description=descriptions.DELETED_AT)

    @strawberry.field(description=descriptions.PAYLOAD, metadata=compiled(Member(has_path=True)))
    def payload(
        self, path: Annotated[str | None, strawberry.argument(description=descriptions.PICKED_PATH)] = None
    ) -> JSON | None:
        return JSON(
            self.whole_payload if path is None else part_of(self.whole_payload, read_payload_path(path, "/path"))
        )

    @strawberry.field(
        description="Its revisions, the newest first, as far as they are kept.",
        metadata=compiled(NestedQuery(read_history)),
    )
    async def revisions(
        self,
        info: Info,
        first: Annotated[int | None, strawberry.argument(description="The number of items, from the newest.")] = None,
        after: After = None,
    ) -> RevisionConnection:
        return await history(info, UUID(self.id), first, after)

    @strawberry.field(description="The links from it, in the order of their creation.", metadata=_LINKS)
    async def links(
        self,
        info: Info,
        relation: Annotated[str | None, strawberry.argument(description=descriptions.ONLY_RELATION)] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> "LinkConnection":
        return await _links(info, self.id, "out", relation, PageArguments(first, after, last, before))

    @strawberry.field(description="The links to it, in the order of their creation.", metadata=_BACKLINKS)
    async def backlinks(
        self,
        info: Info,
        relation: Annotated[str | None, strawberry.argument(description=descriptions.ONLY_RELATION)] = None,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
    ) -> "LinkConnection":
        return await _links(info, self.id, "in", relation, PageArguments(first, after, last, before))

    @cached_property
    def document(self) -> Mapping[str, Json]:
        """The payload of a record of a typed collection, whose payloads are objects; decoded once."""
        found = decode(self.whole_payload.encode())
        return found if isinstance(found, dict) else {}

    @classmethod
    def of(cls, view: RecordView) -> Self:
        return cls(
            id=strawberry.ID(str(view.id)),
            collection=view.collection,
            version=view.version,
            whole_payload=view.payload,
            created_at=view.created_at,
            updated_at=view.updated_at,
            deleted_at=view.deleted_at,
            **held_content(view),
        )


@strawberry.type(description="A record in a list.")
class RecordEdge:
    cursor: str = strawberry.field(description="For `after` and `before`.")
    node: Record = strawberry.field(description="The record.")


@strawberry.type(description="A page of records.")
class RecordConnection:
    criteria: strawberry.Private[RecordCriteria]
    edges: list[RecordEdge] = strawberry.field(description="The records with their cursors.")
    page_info: PageInfo = strawberry.field(description="The position of the page in the list.")

    @strawberry.field(description="The records without their cursors.", metadata=_MEMBER)
    def nodes(self) -> list[Record]:
        return [edge.node for edge in self.edges]

    @strawberry.field(
        description="The number of records in the whole list; counted only if selected.", metadata=_MEMBER
    )
    async def total_count(self, info: Info) -> int:
        return await info.context.mediator.send(CountRecords(criteria=self.criteria))

    @classmethod
    def of(cls, page: Page[RecordView], criteria: RecordCriteria, cursors: CursorSigner) -> Self:
        edges = [
            RecordEdge(cursor=cursors.sign(cursor, criteria.scope), node=Record.of(view))
            for view, cursor in zip(page.items, page.cursors, strict=True)
        ]
        return cls(criteria=criteria, edges=edges, page_info=page_info_of(page, edges))


@strawberry.type(description="A link in a list of a record's links.")
class LinkEdge:
    cursor: str = strawberry.field(description="For `after` and `before`.")
    relation: str = strawberry.field(description=descriptions.RELATION)
    created_at: datetime = strawberry.field(description="When the records were linked.")
    node: Record = strawberry.field(description=descriptions.LINKED_RECORD)


@strawberry.type(description="A page of the links of a record.")
class LinkConnection:
    record_id: strawberry.Private[UUID]
    criteria: strawberry.Private[LinkCriteria]
    edges: list[LinkEdge] = strawberry.field(description="The links with their cursors.")
    page_info: PageInfo = strawberry.field(description="The position of the page in the list.")

    @strawberry.field(description="The records at the other ends of the links.", metadata=_MEMBER)
    def nodes(self) -> list[Record]:
        return [edge.node for edge in self.edges]

    @strawberry.field(description="The number of links in the whole list; counted only if selected.", metadata=_MEMBER)
    async def total_count(self, info: Info) -> int:
        return await loaded(info, _counts, self.record_id, self.criteria)

    @classmethod
    def of(cls, page: Page[LinkedRecord], record_id: UUID, criteria: LinkCriteria) -> Self:
        edges = [
            LinkEdge(
                cursor=str(Cursor(item.id)),
                relation=item.link.relation,
                created_at=item.link.created_at,
                node=Record.of(item.record),
            )
            for item in page.items
        ]
        return cls(record_id=record_id, criteria=criteria, edges=edges, page_info=page_info_of(page, edges))


async def _links(
    info: Info, id: strawberry.ID, direction: Direction, relation: str | None, asked: PageArguments
) -> LinkConnection:
    """Returns a page of one record's links, read together with those of other records."""
    record_id, criteria = UUID(id), LinkCriteria(direction=direction, relation=relation)
    page = await loaded(info, _pages, record_id, criteria, asked.request(info.context.limits))
    return LinkConnection.of(asked.cut(page), record_id, criteria)


async def _pages(
    mediator: Sender, criteria: LinkCriteria, page: PageRequest, ids: Sequence[UUID]
) -> Sequence[Page[LinkedRecord]]:
    found = await mediator.send(FollowLinks(ids=ids, criteria=criteria, page=page))
    return [found[record_id] for record_id in ids]


async def _counts(mediator: Sender, criteria: LinkCriteria, ids: Sequence[UUID]) -> Sequence[int]:
    found = await mediator.send(CountLinks(ids=ids, criteria=criteria))
    return [found[record_id] for record_id in ids]
