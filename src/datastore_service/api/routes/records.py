"""Records over REST."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Body, Path, Query, Request, Response
from starlette.convertors import StringConvertor, register_url_convertor

from datastore_service.api.http.dependencies import Expected, OfCollection, Preferred, Send, Sender
from datastore_service.api.http.json_requests import JSON_PATCH, MERGE_PATCH, media_type
from datastore_service.api.http.preconditions import etag
from datastore_service.api.http.rest import JsonRoute, PatchRoute
from datastore_service.api.routes.bodies.aggregates import AggregateBody, RecordAggregate, aggregate_response
from datastore_service.api.routes.bodies.criteria import fields_of, parameters_named
from datastore_service.api.routes.bodies.projections import picked_members
from datastore_service.api.routes.bodies.record_lists import (
    FILTER_PARAMETER,
    ListQuery,
    RecordSearch,
    next_cursor,
    page_of,
    signed,
)
from datastore_service.api.routes.bodies.responses import (
    PageBody,
    many_response,
    page_response,
    record_response,
    search_response,
    written_response,
)
from datastore_service.api.routes.bodies.revisions import RecordQuery
from datastore_service.api.routes.bodies.schemas import (
    AnyJson,
    ManyIds,
    ManyRecords,
    NewRecord,
    RecordBody,
    RecordContent,
    RecordOrPart,
    RecordPage,
)
from datastore_service.api.routes.openapi.openapi import answers
from datastore_service.application.read.criteria.record_criteria import RecordCriteria
from datastore_service.application.read.queries.aggregate_records import AggregateRecords
from datastore_service.application.read.queries.get_record import GetRecord
from datastore_service.application.read.queries.get_records import GetRecords
from datastore_service.application.read.queries.list_records import ListRecords
from datastore_service.application.read.queries.list_records_as_json import ListRecordsAsJson
from datastore_service.application.read.queries.project_record import ProjectedState, ProjectRecord
from datastore_service.application.read.queries.project_records import ProjectRecords
from datastore_service.application.views import RecordView
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.delete_record import DeleteRecord
from datastore_service.application.write.commands.patch_record import PatchRecord
from datastore_service.application.write.commands.replace_record import ReplaceRecord
from datastore_service.domain.errors import InvalidValue
from datastore_service.domain.records.json_patch import JsonPatch
from datastore_service.domain.records.patches import MergePatch

router = APIRouter(prefix="/records", tags=["records"], route_class=JsonRoute)
patches = APIRouter(prefix="/records", tags=["records"], route_class=PatchRoute)


class _RecordIdConvertor(StringConvertor):
    """Matches any segment except the names of other resources, so that a malformed id gets a validation error."""

    regex = "(?!(get|search|aggregate)$)[^/]+"


register_url_convertor("record_id", _RecordIdConvertor())

CREATE_PROBLEMS = ["record_exists", "schema_violated"]
LIST_PROBLEMS = ["as_of_not_settled", "history_expired", "invalid_cursor", "as_of_in_future"]
AGGREGATE_PROBLEMS = ["as_of_not_settled", "history_expired", "as_of_in_future"]
GET_PROBLEMS = [
    "history_expired",
    "precondition_failed",
    "record_deleted",
    "record_not_found",
    "revision_not_found",
    "as_of_not_settled",
    "as_of_in_future",
]
REPLACE_PROBLEMS = ["collection_mismatch", "precondition_failed", "schema_violated"]
DELETE_PROBLEMS = ["record_not_found", "record_deleted", "record_linked", "precondition_failed"]
PATCH_PROBLEMS = [
    "record_not_found",
    "record_deleted",
    "precondition_failed",
    "malformed_patch",
    "patch_conflict",
    "patch_test_failed",
    "schema_violated",
]

RecordId = Annotated[UUID, Path(description="The record's id.")]


@router.post(
    "",
    status_code=201,
    description=CreateRecord.__doc__,
    responses=answers({201: RecordBody}, ["Location", "ETag"], CREATE_PROBLEMS, body=True, writes=True),
)
async def create_record(body: NewRecord, mediator: Send, preferred: Preferred) -> Response:
    record = await mediator.send(CreateRecord(id=body.id, collection=body.collection, **body.content))
    return written_response(record, preferred, created=True)


@router.get(
    "",
    description=ListRecords.__doc__,
    responses=answers({200: RecordPage, 304: None}, ["ETag", "Link"], [*LIST_PROBLEMS, "malformed_header"]),
    openapi_extra={"parameters": [FILTER_PARAMETER]},
)
async def list_records(query: Annotated[ListQuery, Query()], mediator: Send, request: Request) -> Response:
    criteria = query.criteria(request)
    with parameters_named():
        page = await _page(query, criteria, mediator, request)
    return page_response(page, request)


async def _page(
    asked: ListQuery | RecordSearch, criteria: RecordCriteria, mediator: Sender, request: Request
) -> PageBody:
    fields, wanted = asked.picked, page_of(asked, criteria, request)
    if fields:
        projected = await mediator.send(ProjectRecords(fields=fields, criteria=criteria, page=wanted))
        return PageBody.of(map(picked_members, projected.items), next_cursor(projected, criteria, request))
    page = await mediator.send(ListRecordsAsJson(criteria=criteria, page=wanted))
    return PageBody.of_text(page.items, page.next and signed(page.next, criteria, request))


@router.post(
    "/search",
    description="Read records as GET /records does, with the criteria in the body.",
    responses=answers({200: RecordPage}, [], LIST_PROBLEMS, body=True),
)
async def search_records(body: RecordSearch, mediator: Send, request: Request) -> Response:
    criteria = body.criteria()
    return search_response(await _page(body, criteria, mediator, request))


@router.post(
    "/aggregate",
    description=AggregateRecords.__doc__,
    responses=answers({200: AggregateBody}, [], AGGREGATE_PROBLEMS, body=True),
)
async def aggregate_records(body: RecordAggregate, mediator: Send) -> Response:
    return aggregate_response(await mediator.send(AggregateRecords(asked=body.asked())))


@router.post(
    "/get",
    description=(
        "Read many records at once. The request is refused with `answer_too_large` if their payloads together are "
        "larger than `limits.page_bytes`; a single record always comes."
    ),
    responses=answers({200: ManyRecords}, [], ["answer_too_large"], body=True),
)
async def get_records(body: ManyIds, mediator: Send, request: Request, collection: OfCollection) -> Response:
    most = request.app.state.settings.limits.page_size_max
    if len(body.ids) > most:
        raise InvalidValue("/ids", f"{len(body.ids)} ids are too many; the maximum is {most}.")
    return many_response(body.ids, await mediator.send(GetRecords(ids=body.ids, collection=collection)))


@router.get(
    "/{record_id:record_id}",
    description=GetRecord.__doc__,
    responses=answers(
        {200: RecordOrPart, 304: None},
        ["ETag"],
        GET_PROBLEMS,
    ),
)
async def get_record(
    record_id: RecordId,
    query: Annotated[RecordQuery, Query()],
    mediator: Send,
    expected: Expected,
    collection: OfCollection,
) -> Response:
    record: RecordView | ProjectedState
    at_version, as_of = query.version, query.as_of
    if query.fields is None:
        record = await mediator.send(GetRecord(id=record_id, version=at_version, as_of=as_of, collection=collection))
    else:
        with parameters_named():
            fields = fields_of(query.fields)
            record = await mediator.send(
                ProjectRecord(id=record_id, fields=fields, version=at_version, as_of=as_of, collection=collection)
            )
    expected.check_match("Record", record_id, record.version)
    if expected.forbids(record.version):
        return Response(status_code=304, headers={"ETag": etag(record.version)})
    return record_response(record)


@router.put(
    "/{record_id:record_id}",
    description=ReplaceRecord.__doc__,
    responses=answers(
        {200: RecordBody, 201: RecordBody, 204: None},
        ["ETag", "Location"],
        REPLACE_PROBLEMS,
        body=True,
        writes=True,
    ),
)
async def replace_record(
    record_id: RecordId, body: RecordContent, mediator: Send, expected: Expected, preferred: Preferred
) -> Response:
    replaced = await mediator.send(
        ReplaceRecord(id=record_id, collection=body.collection, precondition=expected, **body.content)
    )
    return written_response(replaced.record, preferred, created=replaced.created)


@patches.patch(
    "/{record_id:record_id}",
    description=f"{PatchRecord.__doc__} The body is a JSON Merge Patch (RFC 7396) or a JSON Patch (RFC 6902).",
    responses=answers({200: RecordBody, 204: None}, ["ETag"], PATCH_PROBLEMS, body=True, writes=True),
    openapi_extra={"requestBody": {"content": {JSON_PATCH: {}}}},
)
async def patch_record(
    record_id: RecordId,
    document: Annotated[AnyJson, Body(media_type=MERGE_PATCH)],
    mediator: Send,
    expected: Expected,
    preferred: Preferred,
    request: Request,
    collection: OfCollection,
) -> Response:
    patch = JsonPatch.parse(document) if media_type(request) == JSON_PATCH else MergePatch(document)
    record = await mediator.send(PatchRecord(id=record_id, patch=patch, precondition=expected, collection=collection))
    return written_response(record, preferred, created=False)


@router.delete(
    "/{record_id:record_id}",
    status_code=204,
    description=DeleteRecord.__doc__,
    responses=answers({204: None}, [], DELETE_PROBLEMS, writes=True),
)
async def delete_record(record_id: RecordId, mediator: Send, expected: Expected, collection: OfCollection) -> Response:
    await mediator.send(DeleteRecord(id=record_id, precondition=expected, collection=collection))
    return Response(status_code=204)
