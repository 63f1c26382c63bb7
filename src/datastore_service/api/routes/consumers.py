"""Consumers over REST: readers of the change log whose position the service keeps."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Body, Path, Response

from datastore_service.api.http import descriptions
from datastore_service.api.http.changes import since_of
from datastore_service.api.http.dependencies import Expected, Preferred, Send
from datastore_service.api.http.json_requests import JSON, MERGE_PATCH
from datastore_service.api.http.preconditions import etag
from datastore_service.api.http.rest import JsonRoute, MergePatchRoute
from datastore_service.api.routes.bodies.consumer_schemas import (
    ConsumerBody,
    ConsumerContent,
    ConsumerList,
    ConsumerPatch,
)
from datastore_service.api.routes.bodies.responses import patched_response, progress_response
from datastore_service.api.routes.openapi.openapi import answers
from datastore_service.application.feed.consumer import ConsumerView
from datastore_service.application.feed.start_position import Edge
from datastore_service.application.feed.use_cases.delete_consumer import DeleteConsumer
from datastore_service.application.feed.use_cases.get_consumer import GetConsumer
from datastore_service.application.feed.use_cases.list_consumers import ListConsumers
from datastore_service.application.feed.use_cases.patch_consumer import PatchConsumer
from datastore_service.application.feed.use_cases.put_consumer import PutConsumer
from datastore_service.application.times import timestamp
from datastore_service.domain.records.values import COLLECTION_PATTERN

router = APIRouter(prefix="/consumers", tags=["changes"], route_class=JsonRoute)
patches = APIRouter(prefix="/consumers", tags=["changes"], route_class=MergePatchRoute)

Name = Annotated[str, Path(description=descriptions.CONSUMER_NAME, pattern=COLLECTION_PATTERN)]


@router.get("", description=ListConsumers.__doc__, responses=answers({200: ConsumerList}, [], []))
async def list_consumers(mediator: Send) -> Response:
    consumers = await mediator.send(ListConsumers())
    return Response(orjson.dumps({"items": [_members(consumer) for consumer in consumers]}), media_type=JSON)


@router.get(
    "/{name}",
    description=GetConsumer.__doc__,
    responses=answers({200: ConsumerBody, 304: None}, ["ETag"], ["consumer_not_found", "precondition_failed"]),
)
async def get_consumer(name: Name, mediator: Send, expected: Expected) -> Response:
    view = await mediator.send(GetConsumer(name=name))
    version = view.consumer.version
    expected.check_match("Consumer", name, version)
    if expected.forbids(version):
        return Response(status_code=304, headers={"ETag": etag(version)})
    return progress_response(orjson.dumps(_members(view)), version)


@router.put(
    "/{name}",
    description=descriptions.PUT_CONSUMER,
    responses=answers(
        {200: ConsumerBody, 201: ConsumerBody},
        ["ETag", "Location"],
        ["consumer_ahead", "cursor_expired", "invalid_cursor", "precondition_failed"],
        body=True,
        writes=True,
    ),
)
async def put_consumer(name: Name, body: ConsumerContent, mediator: Send, expected: Expected) -> Response:
    since = since_of(body.cursor, "cursor", Edge.BEGINNING)
    put = await mediator.send(PutConsumer(name=name, since=since, rewind=body.rewind, precondition=expected))
    return progress_response(
        orjson.dumps(_members(put.view)),
        put.view.consumer.version,
        201 if put.created else 200,
        location=f"/consumers/{name}" if put.created else None,
    )


@patches.patch(
    "/{name}",
    description=descriptions.PATCH_CONSUMER,
    responses=answers(
        {200: ConsumerBody, 204: None},
        ["ETag"],
        ["consumer_ahead", "consumer_not_found", "cursor_expired", "invalid_cursor", "precondition_failed"],
        body=True,
        writes=True,
    ),
)
async def patch_consumer(
    name: Name,
    body: Annotated[ConsumerPatch, Body(media_type=MERGE_PATCH)],
    mediator: Send,
    expected: Expected,
    preferred: Preferred,
) -> Response:
    since = since_of(body.cursor, "cursor", Edge.BEGINNING) if "cursor" in body.model_fields_set else None
    view = await mediator.send(PatchConsumer(name=name, since=since, rewind=body.rewind, precondition=expected))
    return patched_response(progress_response(orjson.dumps(_members(view)), view.consumer.version), preferred)


@router.delete(
    "/{name}",
    status_code=204,
    description=DeleteConsumer.__doc__,
    responses=answers({204: None}, [], ["consumer_not_found", "precondition_failed"], writes=True),
)
async def delete_consumer(name: Name, mediator: Send, expected: Expected) -> Response:
    await mediator.send(DeleteConsumer(name=name, precondition=expected))
    return Response(status_code=204)


def _members(view: ConsumerView) -> dict[str, Any]:
    consumer = view.consumer
    return {
        "name": consumer.name,
        "cursor": str(consumer.position),
        "lag": {"changes": view.lag_changes, "seconds": view.lag_seconds},
        "created_at": timestamp(consumer.created_at),
        "acknowledged_at": timestamp(consumer.acknowledged_at),
    }
