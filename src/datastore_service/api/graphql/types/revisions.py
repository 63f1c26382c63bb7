"""The types of histories, and the loader that reads many histories at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Self
from uuid import UUID

import strawberry

from datastore_service.api.graphql.compiled_fields import Member, compiled
from datastore_service.api.graphql.context import Info
from datastore_service.api.graphql.loaders import loaded
from datastore_service.api.graphql.types.contents import HeldContent, held_content
from datastore_service.api.graphql.types.pages import PageArguments
from datastore_service.api.graphql.types.relay import PageInfo, page_info_of
from datastore_service.api.graphql.types.scalars import JSON
from datastore_service.api.http import descriptions
from datastore_service.application.large_requests import computed
from datastore_service.application.mediator import Sender
from datastore_service.application.messages import Query
from datastore_service.application.read.history import RevisionCursor, RevisionView
from datastore_service.application.read.pagination import Page
from datastore_service.application.read.queries.list_revisions import ListRevisions
from datastore_service.application.read.selections import Selected
from datastore_service.application.read.unknown_ids import UNKNOWN_IDS
from datastore_service.config.settings import LimitSettings


@strawberry.type(description="A record's content after a change.")
class Revision(HeldContent):
    view: strawberry.Private[RevisionView]
    record_id: UUID = strawberry.field(description=descriptions.RECORD_ID)
    collection: str = strawberry.field(description="The collection of the record.")
    version: int = strawberry.field(description="The record's version after the change.")
    operation: str = strawberry.field(description=descriptions.OPERATION)
    payload: JSON | None = strawberry.field(description=descriptions.REVISION_PAYLOAD)
    actor: str = strawberry.field(description=descriptions.ACTOR)
    correlation_id: str | None = strawberry.field(description=descriptions.CORRELATION_ID)
    at: datetime = strawberry.field(description="When the record was changed.")

    @strawberry.field(description=descriptions.DIFF)
    async def diff(self) -> JSON | None:
        diff = await computed(self.view.diff)
        return None if diff is None else JSON(diff)

    @classmethod
    def of(cls, view: RevisionView) -> Self:
        return cls(
            view=view,
            record_id=view.record_id,
            collection=view.collection,
            version=view.version,
            operation=view.operation,
            payload=JSON(view.payload),
            actor=view.actor,
            correlation_id=view.correlation_id,
            at=view.at,
            **held_content(view),
        )


@strawberry.type(description="A revision in a history.")
class RevisionEdge:
    cursor: str = strawberry.field(description="For `after`.")
    node: Revision = strawberry.field(description="The revision.")


@strawberry.type(description="A page of a history.")
class RevisionConnection:
    edges: list[RevisionEdge] = strawberry.field(description="The revisions with their cursors.")
    page_info: PageInfo = strawberry.field(description="The position of the page in the history.")

    @strawberry.field(description="The revisions without their cursors.", metadata=compiled(Member()))
    def nodes(self) -> list[Revision]:
        return [edge.node for edge in self.edges]

    @classmethod
    def of(cls, page: Page[RevisionView]) -> Self:
        edges = [RevisionEdge(cursor=str(RevisionCursor(view.version)), node=Revision.of(view)) for view in page.items]
        return cls(edges=edges, page_info=page_info_of(page, edges))


def _page_of(limits: LimitSettings, first: int | None, after: str | None) -> tuple[int, RevisionCursor | None]:
    cursor = None if after is None else RevisionCursor.parse(after, "after")
    return PageArguments(first).request(limits).limit, cursor


def read_history(
    _: Selected, limits: LimitSettings, /, *, first: int | None = None, after: str | None = None
) -> Sequence[Query[Any]]:
    """Returns what reads a page of the history of each record that another query finds."""
    limit, cursor = _page_of(limits, first, after)
    return [ListRevisions(ids=UNKNOWN_IDS, limit=limit, after=cursor)]


async def history(info: Info, record_id: UUID, first: int | None, after: str | None) -> RevisionConnection:
    """Reads a page of a history, together with those of other records in the response.

    Raises:
        RequestRefused: The size is negative, or above the largest page.
        InvalidCursor: The service has not issued this cursor.
    """
    limit, cursor = _page_of(info.context.limits, first, after)
    page = await loaded(info, _histories, record_id, limit, cursor)
    return RevisionConnection.of(page or Page(items=[], has_next=False, has_previous=cursor is not None))


async def _histories(
    mediator: Sender, limit: int, after: RevisionCursor | None, ids: Sequence[UUID]
) -> Sequence[Page[RevisionView] | None]:
    return await mediator.send(ListRevisions(ids=ids, limit=limit, after=after))
