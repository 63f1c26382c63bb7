"""Links between records over REST."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Path, Query, Request, Response

from datastore_service.api.http import descriptions
from datastore_service.api.http.dependencies import Preferred, Send, page_size
from datastore_service.api.http.rest import JsonRoute
from datastore_service.api.routes.bodies.links import LinkBody, LinkPage, LinkQuery, linked_response, links_response
from datastore_service.api.routes.openapi.openapi import answers
from datastore_service.api.routes.records import RecordId
from datastore_service.application.mediator import Sender
from datastore_service.application.read.pagination import Cursor, PageRequest
from datastore_service.application.read.ports.links import Direction, LinkCriteria
from datastore_service.application.read.queries.list_links import ListLinks
from datastore_service.application.write.commands.link_records import LinkRecords
from datastore_service.application.write.commands.unlink_records import UnlinkRecords
from datastore_service.domain.links.link import RELATION_PATTERN

router = APIRouter(prefix="/records", tags=["links"], route_class=JsonRoute)

Relation = Annotated[str, Path(description=descriptions.RELATION, pattern=RELATION_PATTERN)]
Target = Annotated[UUID, Path(description=descriptions.LINK_TARGET)]
LINKS = answers({200: LinkPage, 304: None}, ["ETag", "Link"], ["invalid_cursor", "record_not_found", "record_deleted"])


@router.get(
    "/{record_id:record_id}/links",
    description="Read the links from a record, each with its target.",
    responses=LINKS,
)
async def list_links(
    record_id: RecordId, query: Annotated[LinkQuery, Query()], mediator: Send, request: Request
) -> Response:
    return await _listed(record_id, "out", query, mediator, request)


@router.get(
    "/{record_id:record_id}/backlinks",
    description="Read the links to a record, each with its source.",
    responses=LINKS,
)
async def list_backlinks(
    record_id: RecordId, query: Annotated[LinkQuery, Query()], mediator: Send, request: Request
) -> Response:
    return await _listed(record_id, "in", query, mediator, request)


@router.put(
    "/{record_id:record_id}/links/{relation}/{target}",
    description=LinkRecords.__doc__,
    responses=answers(
        {200: LinkBody, 201: LinkBody, 204: None}, ["Location"], ["record_not_found", "record_deleted"], writes=True
    ),
)
async def link_records(
    record_id: RecordId, relation: Relation, target: Target, mediator: Send, preferred: Preferred
) -> Response:
    linked = await mediator.send(LinkRecords(source=record_id, relation=relation, target=target))
    return linked_response(linked, preferred)


@router.delete(
    "/{record_id:record_id}/links/{relation}/{target}",
    status_code=204,
    description=UnlinkRecords.__doc__,
    responses=answers({204: None}, [], ["link_not_found"], writes=True),
)
async def unlink_records(record_id: RecordId, relation: Relation, target: Target, mediator: Send) -> Response:
    await mediator.send(UnlinkRecords(source=record_id, relation=relation, target=target))
    return Response(status_code=204)


async def _listed(
    record_id: UUID, direction: Direction, query: LinkQuery, mediator: Sender, request: Request
) -> Response:
    limit = page_size(query.limit, request.app.state.settings.limits, "limit")
    after = None if query.cursor is None else Cursor.parse(query.cursor, "cursor")
    criteria = LinkCriteria(direction=direction, relation=query.relation)
    page = await mediator.send(ListLinks(id=record_id, criteria=criteria, page=PageRequest(limit=limit, after=after)))
    return links_response(page, request, query)
