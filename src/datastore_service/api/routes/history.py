"""The history of records over REST."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from datastore_service.api.http.dependencies import Expected, OfCollection, Preferred, Send, page_size
from datastore_service.api.http.rest import JsonRoute
from datastore_service.api.routes.bodies.responses import written_response
from datastore_service.api.routes.bodies.revisions import RevertBody, RevisionPage, RevisionsQuery, revisions_response
from datastore_service.api.routes.bodies.schemas import RecordBody
from datastore_service.api.routes.openapi.openapi import answers
from datastore_service.api.routes.records import RecordId
from datastore_service.application.read.history import RevisionCursor
from datastore_service.application.read.queries.list_revisions import ListRevisions
from datastore_service.application.write.commands.restore_record import RestoreRecord
from datastore_service.application.write.commands.revert_record import RevertRecord
from datastore_service.domain.errors import RecordNotFound

RESTORE_PROBLEMS = ["record_not_deleted", "record_not_found", "schema_violated"]
REVERT_PROBLEMS = [
    "history_expired",
    "precondition_failed",
    "record_not_found",
    "revision_not_found",
    "schema_violated",
]

router = APIRouter(prefix="/records", tags=["history"], route_class=JsonRoute)


@router.get(
    "/{record_id:record_id}/revisions",
    description="Read the revisions of a record, the newest first, as far as they are kept; also of a deleted record.",
    responses=answers({200: RevisionPage, 304: None}, ["ETag", "Link"], ["invalid_cursor", "record_not_found"]),
)
async def list_revisions(
    record_id: RecordId,
    query: Annotated[RevisionsQuery, Query()],
    mediator: Send,
    request: Request,
    collection: OfCollection,
) -> Response:
    limit = page_size(query.limit, request.app.state.settings.limits, "limit")
    after = None if query.cursor is None else RevisionCursor.parse(query.cursor, "cursor")
    (page,) = await mediator.send(ListRevisions(ids=[record_id], limit=limit, after=after, collection=collection))
    if page is None:
        raise RecordNotFound(record_id)
    return await revisions_response(page, request, query)


@router.post(
    "/{record_id:record_id}/restore",
    description=RestoreRecord.__doc__,
    responses=answers(
        {200: RecordBody, 204: None},
        ["ETag"],
        RESTORE_PROBLEMS,
        writes=True,
    ),
)
async def restore_record(
    record_id: RecordId, mediator: Send, preferred: Preferred, collection: OfCollection
) -> Response:
    record = await mediator.send(RestoreRecord(id=record_id, collection=collection))
    return written_response(record, preferred, created=False)


@router.post(
    "/{record_id:record_id}/revert",
    description=RevertRecord.__doc__,
    responses=answers({200: RecordBody, 204: None}, ["ETag"], REVERT_PROBLEMS, body=True, writes=True),
)
async def revert_record(
    record_id: RecordId,
    body: RevertBody,
    mediator: Send,
    expected: Expected,
    preferred: Preferred,
    collection: OfCollection,
) -> Response:
    command = RevertRecord(id=record_id, version=body.version, precondition=expected, collection=collection)
    record = await mediator.send(command)
    return written_response(record, preferred, created=False)
