"""Links in GraphQL: the types, and the loaders that read the links of many records at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry

from datastore_service.api.graphql.context import Info
from datastore_service.api.graphql.resolvers.loaders import loaded
from datastore_service.api.graphql.types.pages import PageArguments
from datastore_service.api.graphql.types.records import PageInfo, Record, page_info_of
from datastore_service.api.graphql.types.user_errors import UserError
from datastore_service.api.http import descriptions
from datastore_service.application.mediator import Sender
from datastore_service.application.read.pagination import Cursor, Page, PageRequest
from datastore_service.application.read.ports.links import LinkCriteria
from datastore_service.application.read.queries.count_links import CountLinks
from datastore_service.application.read.queries.follow_links import FollowLinks
from datastore_service.application.read.queries.get_records import GetRecords
from datastore_service.application.views import LinkedRecord, LinkView, RecordView
from datastore_service.application.write.commands.link_records import LinkRecords
from datastore_service.application.write.commands.unlink_records import UnlinkRecords
from datastore_service.domain.errors import DomainError, RecordDeleted, RecordNotFound


@strawberry.type(description="A link in a list of those of one record.")
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
    page_info: PageInfo = strawberry.field(description="Where the page lies in the list.")

    @strawberry.field(description="The records at the other ends of the links.")
    def nodes(self) -> list[Record]:
        return [edge.node for edge in self.edges]

    @strawberry.field(description="How many links the whole list has; they are counted when this is asked for.")
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


@strawberry.type(description="A link from one record to another.")
class Link:
    source_id: UUID = strawberry.field(description=descriptions.LINK_SOURCE)
    relation: str = strawberry.field(description=descriptions.RELATION)
    target_id: UUID = strawberry.field(description=descriptions.LINK_TARGET)
    created_at: datetime = strawberry.field(description="When the records were linked.")

    @strawberry.field(description="The record that the link leads from; null where it was deleted meanwhile.")
    async def source(self, info: Info) -> Record | None:
        return await _record(info, self.source_id)

    @strawberry.field(description="The record that the link leads to; null where it was deleted meanwhile.")
    async def target(self, info: Info) -> Record | None:
        return await _record(info, self.target_id)

    @classmethod
    def of(cls, link: LinkView) -> Self:
        return cls(source_id=link.source, relation=link.relation, target_id=link.target, created_at=link.created_at)


@strawberry.input(description="Two records, and what the one is to the other.")
class LinkInput:
    source: UUID = strawberry.field(description=descriptions.LINK_SOURCE)
    relation: str = strawberry.field(description=descriptions.RELATION)
    target: UUID = strawberry.field(description=descriptions.LINK_TARGET)

    def link(self) -> LinkRecords:
        return LinkRecords(source=self.source, relation=self.relation, target=self.target)

    def unlink(self) -> UnlinkRecords:
        return UnlinkRecords(source=self.source, relation=self.relation, target=self.target)

    def user_error(self, error: DomainError) -> UserError:
        """Says what a refusal means, and which of the two records it is about."""
        refusal = UserError.of(error)
        if isinstance(error, RecordNotFound | RecordDeleted):
            refusal.path = ["target" if error.record_id == str(self.target) else "source"]
        return refusal


@strawberry.type(description="What came of `linkRecords`.")
class LinkRecordsPayload:
    link: Link | None = strawberry.field(
        default=None, description="The link that is there now; null where the mutation was refused."
    )
    created: bool | None = strawberry.field(
        default=None, description="Whether there was no such link before; null where the mutation was refused."
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list[UserError], description="Why the mutation was refused; empty where it was carried out."
    )


@strawberry.type(description="What came of `unlinkRecords`.")
class UnlinkRecordsPayload:
    removed: bool = strawberry.field(default=False, description="Whether the link was taken away.")
    user_errors: list[UserError] = strawberry.field(
        default_factory=list[UserError], description="Why the mutation was refused; empty where it was carried out."
    )


async def connection(info: Info, record_id: UUID, criteria: LinkCriteria, asked: PageArguments) -> LinkConnection:
    """Returns a page of the links of one record, read together with those of the others that ask at the same time."""
    page = await loaded(info, _pages, record_id, criteria, asked.request(info.context.limits))
    return LinkConnection.of(asked.cut(page), record_id, criteria)


async def _record(info: Info, record_id: UUID) -> Record | None:
    view = await loaded(info, _records, record_id)
    return view and Record.of(view)


async def _pages(
    mediator: Sender, criteria: LinkCriteria, page: PageRequest, ids: Sequence[UUID]
) -> Sequence[Page[LinkedRecord]]:
    found = await mediator.send(FollowLinks(ids=ids, criteria=criteria, page=page))
    return [found[record_id] for record_id in ids]


async def _counts(mediator: Sender, criteria: LinkCriteria, ids: Sequence[UUID]) -> Sequence[int]:
    found = await mediator.send(CountLinks(ids=ids, criteria=criteria))
    return [found[record_id] for record_id in ids]


async def _records(mediator: Sender, ids: Sequence[UUID]) -> Sequence[RecordView | None]:
    return await mediator.send(GetRecords(ids=ids))
