"""The past of records over REST."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from datastore_service.api.dependencies import Send, page_size
from datastore_service.api.json_requests import JsonRoute
from datastore_service.api.openapi import answers
from datastore_service.api.revisions import RevisionPage, RevisionsQuery, revisions_response
from datastore_service.api.routes.records import RecordId
from datastore_service.application.history import RevisionCursor
from datastore_service.application.queries.list_revisions import ListRevisions
from datastore_service.domain.errors import RecordNotFound

router = APIRouter(prefix="/records", tags=["history"], route_class=JsonRoute)


@router.get(
    "/{record_id:record_id}/revisions",
    description="Read what a record was, the newest first: all that is kept of it, and of a deleted one as well.",
    responses=answers({200: RevisionPage, 304: None}, ["ETag", "Link"], ["invalid_cursor", "record_not_found"]),
)
async def list_revisions(
    record_id: RecordId, query: Annotated[RevisionsQuery, Query()], mediator: Send, request: Request
) -> Response:
    limit = page_size(query.limit, request.app.state.settings.limits, "limit")
    after = None if query.cursor is None else RevisionCursor.parse(query.cursor, "cursor")
    (page,) = await mediator.send(ListRevisions(ids=[record_id], limit=limit, after=after))
    if page is None:
        raise RecordNotFound(record_id)
    return await revisions_response(page, request, query)
