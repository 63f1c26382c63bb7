"""Collections over REST."""

from typing import Annotated, Final

from fastapi import APIRouter, Body, Path, Query, Request, Response

from datastore_service.api.http import descriptions
from datastore_service.api.http.dependencies import Expected, Preferred, Send, page_size
from datastore_service.api.http.json_requests import MERGE_PATCH
from datastore_service.api.http.preconditions import etag
from datastore_service.api.http.rest import JsonRoute, MergePatchRoute
from datastore_service.api.routes.bodies.collection_checks import (
    CollectionReportBody,
    report_response,
)
from datastore_service.api.routes.bodies.responses import collection_response, collections_response, patched_response
from datastore_service.api.routes.bodies.revisions import (
    RevertCollectionBody,
    RevertedCollectionBody,
    reverted_response,
)
from datastore_service.api.routes.bodies.schemas import (
    CollectionBody,
    CollectionContent,
    CollectionPage,
    CollectionPatch,
    PageQuery,
)
from datastore_service.api.routes.openapi.openapi import answers
from datastore_service.application.read.pagination import Cursor, PageRequest
from datastore_service.application.read.queries.check_collection import CheckCollection
from datastore_service.application.read.queries.get_collection import GetCollection
from datastore_service.application.read.queries.list_collections import ListCollections
from datastore_service.application.write.commands.delete_collection import DeleteCollection
from datastore_service.application.write.commands.patch_collection import PatchCollection
from datastore_service.application.write.commands.put_collection import PutCollection
from datastore_service.application.write.commands.revert_collection import RevertCollection
from datastore_service.domain.collections.retention import Retention
from datastore_service.domain.records.patches import MergePatch
from datastore_service.domain.records.values import COLLECTION_PATTERN

router = APIRouter(prefix="/collections", tags=["collections"], route_class=JsonRoute)
patches = APIRouter(prefix="/collections", tags=["collections"], route_class=MergePatchRoute)

_OF_TYPES: Final = (
    *("keyword_invalid", "name_invalid", "name_taken", "schema_change_refused", "schema_change_under_way"),
    "schema_too_large",
)

Name = Annotated[str, Path(description="The collection's name.", pattern=COLLECTION_PATTERN)]


@router.get(
    "",
    description=ListCollections.__doc__,
    responses=answers({200: CollectionPage, 304: None}, ["ETag", "Link"], ["invalid_cursor"]),
)
async def list_collections(query: Annotated[PageQuery, Query()], mediator: Send, request: Request) -> Response:
    limit = page_size(query.limit, request.app.state.settings.limits, "limit")
    after = None if query.cursor is None else Cursor.parse(query.cursor, "cursor")
    page = await mediator.send(ListCollections(page=PageRequest(limit=limit, after=after)))
    return collections_response(page, request)


@router.get(
    "/{name}",
    description=GetCollection.__doc__,
    responses=answers({200: CollectionBody, 304: None}, ["ETag"], ["collection_not_found", "precondition_failed"]),
)
async def get_collection(name: Name, mediator: Send, expected: Expected) -> Response:
    collection = await mediator.send(GetCollection(name=name))
    expected.check_match("Collection", name, collection.version)
    if expected.forbids(collection.version):
        return Response(status_code=304, headers={"ETag": etag(collection.version)})
    return collection_response(collection)


@router.put(
    "/{name}",
    description=PutCollection.__doc__,
    responses=answers(
        {200: CollectionBody, 201: CollectionBody},
        ["ETag", "Location"],
        ["precondition_failed", *_OF_TYPES],
        body=True,
        writes=True,
    ),
)
async def put_collection(name: Name, body: CollectionContent, mediator: Send, expected: Expected) -> Response:
    command = PutCollection(
        name=name,
        schema=body.json_schema,
        retention=_retention(body),
        precondition=expected,
        api=body.wanted_api(name),
        allow=frozenset(body.allow),
    )
    put = await mediator.send(command)
    return collection_response(put.collection, created=put.created)


@patches.patch(
    "/{name}",
    description=descriptions.PATCH_COLLECTION,
    responses=answers(
        {200: CollectionBody, 204: None},
        ["ETag"],
        ["collection_not_found", "precondition_failed", *_OF_TYPES],
        body=True,
        writes=True,
    ),
)
async def patch_collection(
    name: Name,
    body: Annotated[CollectionPatch, Body(media_type=MERGE_PATCH)],
    mediator: Send,
    expected: Expected,
    preferred: Preferred,
) -> Response:
    patched = await mediator.send(
        PatchCollection(
            name=name, patch=MergePatch(body.document()), precondition=expected, allow=frozenset(body.allow)
        )
    )
    return patched_response(collection_response(patched), preferred)


@router.delete(
    "/{name}",
    status_code=204,
    description=DeleteCollection.__doc__,
    responses=answers(
        {204: None}, [], ["collection_not_found", "collection_not_empty", "precondition_failed"], writes=True
    ),
)
async def delete_collection(name: Name, mediator: Send, expected: Expected) -> Response:
    await mediator.send(DeleteCollection(name=name, precondition=expected))
    return Response(status_code=204)


@router.post(
    "/{name}/check",
    description=CheckCollection.__doc__,
    responses=answers(
        {200: CollectionReportBody}, [], ["keyword_invalid", "name_invalid", "schema_too_large"], body=True
    ),
)
async def check_collection(name: Name, body: CollectionContent, mediator: Send) -> Response:
    # It has no part in the report, and is refused as PUT refuses it.
    _retention(body)
    check = CheckCollection(name=name, schema=body.json_schema, api=body.wanted_api(name), allow=frozenset(body.allow))
    return report_response(await mediator.send(check))


@router.post(
    "/{name}/revert",
    description=RevertCollection.__doc__,
    responses=answers(
        {200: RevertedCollectionBody},
        [],
        [
            "collection_not_found",
            "history_expired",
            "precondition_failed",
            "record_linked",
            "schema_violated",
            "as_of_not_settled",
            "as_of_in_future",
            "too_many_reverted",
        ],
        body=True,
        writes=True,
    ),
)
async def revert_collection(
    name: Name, body: RevertCollectionBody, mediator: Send, expected: Expected, preferred: Preferred
) -> Response:
    command = RevertCollection(name=name, as_of=body.as_of, dry_run=body.dry_run, precondition=expected)
    return reverted_response(await mediator.send(command), body, preferred)


def _retention(body: CollectionContent) -> Retention | None:
    return body.retention and Retention(revisions=body.retention.revisions, days=body.retention.days)
