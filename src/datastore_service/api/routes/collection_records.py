"""Records below their collections over REST: the endpoints of /records, for one collection each (adr/0102)."""

from typing import Annotated

from fastapi import APIRouter, Body, Query, Request, Response

from datastore_service.api.http.dependencies import Expected, Preferred, Send
from datastore_service.api.http.json_requests import JSON_PATCH, MERGE_PATCH
from datastore_service.api.http.rest import JsonRoute, PatchRoute
from datastore_service.api.routes import history, records
from datastore_service.api.routes.bodies.aggregates import AggregateBody, RecordAggregate
from datastore_service.api.routes.bodies.criteria import parameters_named
from datastore_service.api.routes.bodies.in_collection import NewRecordInCollection, in_collection
from datastore_service.api.routes.bodies.record_lists import FILTER_PARAMETER, ListQuery, RecordSearch
from datastore_service.api.routes.bodies.revisions import RecordQuery, RevertBody, RevisionPage, RevisionsQuery
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
from datastore_service.api.routes.collections import Name
from datastore_service.api.routes.openapi.openapi import answers
from datastore_service.api.routes.records import RecordId

router = APIRouter(prefix="/collections/{name}/records", tags=["records"], route_class=JsonRoute)
patches = APIRouter(prefix="/collections/{name}/records", tags=["records"], route_class=PatchRoute)


@router.post(
    "",
    status_code=201,
    description="Create a record in a collection, and the collection with it where that is new.",
    responses=answers({201: RecordBody}, ["Location", "ETag"], records.CREATE_PROBLEMS, body=True, writes=True),
)
async def create_record_in_collection(
    name: Name, body: NewRecordInCollection, mediator: Send, preferred: Preferred
) -> Response:
    given = in_collection(name, body)
    new = NewRecord.model_construct(id=given.id, collection=name, **given.content)
    return await records.create_record(new, mediator, preferred)


@router.get(
    "",
    description="Read the records of a collection, in pages.",
    responses=answers({200: RecordPage, 304: None}, ["ETag", "Link"], [*records.LIST_PROBLEMS, "malformed_header"]),
    openapi_extra={"parameters": [FILTER_PARAMETER]},
)
async def list_records_in_collection(
    name: Name, query: Annotated[ListQuery, Query()], mediator: Send, request: Request
) -> Response:
    with parameters_named():
        asked = in_collection(name, query)
    return await records.list_records(asked, mediator, request)


@router.post(
    "/search",
    description="Read the records of a collection as GET does, with a question in the body.",
    responses=answers({200: RecordPage}, [], records.LIST_PROBLEMS, body=True),
)
async def search_records_in_collection(name: Name, body: RecordSearch, mediator: Send, request: Request) -> Response:
    return await records.search_records(in_collection(name, body), mediator, request)


@router.post(
    "/aggregate",
    description="Work out counts, sums and the like of the records of a collection.",
    responses=answers({200: AggregateBody}, [], records.AGGREGATE_PROBLEMS, body=True),
)
async def aggregate_records_in_collection(name: Name, body: RecordAggregate, mediator: Send) -> Response:
    return await records.aggregate_records(in_collection(name, body), mediator)


@router.post(
    "/get",
    description="Read many records of a collection at once; those of other collections are missing.",
    responses=answers({200: ManyRecords}, [], ["answer_too_large"], body=True),
)
async def get_records_in_collection(name: Name, body: ManyIds, mediator: Send, request: Request) -> Response:
    return await records.get_records(body, mediator, request, name)


@router.get(
    "/{record_id:record_id}",
    description="Read a record of a collection, as it is or as it was.",
    responses=answers({200: RecordOrPart, 304: None}, ["ETag"], records.GET_PROBLEMS),
)
async def get_record_in_collection(
    name: Name, record_id: RecordId, query: Annotated[RecordQuery, Query()], mediator: Send, expected: Expected
) -> Response:
    return await records.get_record(record_id, query, mediator, expected, name)


@router.put(
    "/{record_id:record_id}",
    description=(
        "Replace what a record of a collection holds, or create the record where there is none. If the id is that of a "
        "record in another collection, it can be neither."
    ),
    responses=answers(
        {200: RecordBody, 201: RecordBody, 204: None},
        ["ETag", "Location"],
        records.REPLACE_PROBLEMS,
        body=True,
        writes=True,
    ),
)
async def replace_record_in_collection(
    name: Name, record_id: RecordId, body: RecordContent, mediator: Send, expected: Expected, preferred: Preferred
) -> Response:
    return await records.replace_record(record_id, in_collection(name, body), mediator, expected, preferred)


@patches.patch(
    "/{record_id:record_id}",
    description=(
        "Change what a record of a collection holds in part. The body is a JSON Merge Patch (RFC 7396) or a JSON Patch "
        "(RFC 6902)."
    ),
    responses=answers({200: RecordBody, 204: None}, ["ETag"], records.PATCH_PROBLEMS, body=True, writes=True),
    openapi_extra={"requestBody": {"content": {JSON_PATCH: {}}}},
)
async def patch_record_in_collection(
    name: Name,
    record_id: RecordId,
    document: Annotated[AnyJson, Body(media_type=MERGE_PATCH)],
    mediator: Send,
    expected: Expected,
    preferred: Preferred,
    request: Request,
) -> Response:
    return await records.patch_record(record_id, document, mediator, expected, preferred, request, name)


@router.delete(
    "/{record_id:record_id}",
    status_code=204,
    description="Delete a record of a collection; a tombstone remains.",
    responses=answers({204: None}, [], records.DELETE_PROBLEMS, writes=True),
)
async def delete_record_in_collection(name: Name, record_id: RecordId, mediator: Send, expected: Expected) -> Response:
    return await records.delete_record(record_id, mediator, expected, name)


@router.get(
    "/{record_id:record_id}/revisions",
    description="Read what a record of a collection was, the newest first.",
    responses=answers({200: RevisionPage, 304: None}, ["ETag", "Link"], ["invalid_cursor", "record_not_found"]),
)
async def list_revisions_in_collection(
    name: Name, record_id: RecordId, query: Annotated[RevisionsQuery, Query()], mediator: Send, request: Request
) -> Response:
    return await history.list_revisions(record_id, query, mediator, request, name)


@router.post(
    "/{record_id:record_id}/restore",
    description="Bring a deleted record of a collection back as it was, as a new version.",
    responses=answers({200: RecordBody, 204: None}, ["ETag"], history.RESTORE_PROBLEMS, writes=True),
)
async def restore_record_in_collection(
    name: Name, record_id: RecordId, mediator: Send, preferred: Preferred
) -> Response:
    return await history.restore_record(record_id, mediator, preferred, name)


@router.post(
    "/{record_id:record_id}/revert",
    description="Make a record of a collection hold again what it held at a version, as a new version.",
    responses=answers({200: RecordBody, 204: None}, ["ETag"], history.REVERT_PROBLEMS, body=True, writes=True),
)
async def revert_record_in_collection(
    name: Name, record_id: RecordId, body: RevertBody, mediator: Send, expected: Expected, preferred: Preferred
) -> Response:
    return await history.revert_record(record_id, body, mediator, expected, preferred, name)
