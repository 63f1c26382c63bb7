"""Webhooks over REST."""

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Body, Path, Query, Request, Response

from datastore_service.api.http import descriptions
from datastore_service.api.http.changes import since_of
from datastore_service.api.http.dependencies import Expected, Preferred, Send, page_size
from datastore_service.api.http.json_requests import JSON, MERGE_PATCH
from datastore_service.api.http.preconditions import etag
from datastore_service.api.http.rest import JsonRoute, MergePatchRoute
from datastore_service.api.routes.bodies.responses import patched_response, progress_response, timestamp
from datastore_service.api.routes.bodies.webhook_schemas import (
    DeadLetterList,
    LettersQuery,
    Replay,
    Replaying,
    WebhookBody,
    WebhookContent,
    WebhookList,
    WebhookPatch,
)
from datastore_service.api.routes.openapi.openapi import answers
from datastore_service.application.feed.start_position import Edge
from datastore_service.application.feed.use_cases.delete_webhook import DeleteWebhook
from datastore_service.application.feed.use_cases.get_webhook import GetWebhook
from datastore_service.application.feed.use_cases.list_dead_letters import ListDeadLetters
from datastore_service.application.feed.use_cases.list_webhooks import ListWebhooks
from datastore_service.application.feed.use_cases.patch_webhook import PatchWebhook
from datastore_service.application.feed.use_cases.put_webhook import PutWebhook
from datastore_service.application.feed.use_cases.replay_dead_letters import ReplayDeadLetters
from datastore_service.application.feed.webhook import DeadLetter, Webhook
from datastore_service.domain.records.values import COLLECTION_PATTERN

router = APIRouter(prefix="/webhooks", tags=["changes"], route_class=JsonRoute)
patches = APIRouter(prefix="/webhooks", tags=["changes"], route_class=MergePatchRoute)

Name = Annotated[str, Path(description=descriptions.WEBHOOK_NAME, pattern=COLLECTION_PATTERN)]


@router.get("", description=ListWebhooks.__doc__, responses=answers({200: WebhookList}, [], []))
async def list_webhooks(mediator: Send) -> Response:
    webhooks = await mediator.send(ListWebhooks())
    return Response(orjson.dumps({"items": [_members(webhook) for webhook in webhooks]}), media_type=JSON)


@router.get(
    "/{name}",
    description=GetWebhook.__doc__,
    responses=answers({200: WebhookBody, 304: None}, ["ETag"], ["precondition_failed", "webhook_not_found"]),
)
async def get_webhook(name: Name, mediator: Send, expected: Expected) -> Response:
    webhook = await mediator.send(GetWebhook(name=name))
    expected.check_match("Webhook", name, webhook.version)
    if expected.forbids(webhook.version):
        return Response(status_code=304, headers={"ETag": etag(webhook.version)})
    return progress_response(orjson.dumps(_members(webhook)), webhook.version)


@router.put(
    "/{name}",
    description=descriptions.PUT_WEBHOOK,
    responses=answers(
        {200: WebhookBody, 201: WebhookBody},
        ["ETag", "Location"],
        ["cursor_expired", "invalid_cursor", "precondition_failed"],
        body=True,
        writes=True,
    ),
)
async def put_webhook(name: Name, body: WebhookContent, mediator: Send, expected: Expected) -> Response:
    put = await mediator.send(
        PutWebhook(
            name=name,
            url=body.url,
            collection=body.collection,
            secret=body.secret,
            enabled=body.enabled,
            since=None if body.since is None else since_of(body.since, "since", Edge.NOW),
            precondition=expected,
        )
    )
    members = _members(put.webhook, secret=put.webhook.secret if put.made_secret else None)
    return progress_response(
        orjson.dumps(members),
        put.webhook.version,
        201 if put.created else 200,
        location=f"/webhooks/{name}" if put.created else None,
    )


@patches.patch(
    "/{name}",
    description=descriptions.PATCH_WEBHOOK,
    responses=answers(
        {200: WebhookBody, 204: None},
        ["ETag"],
        ["cursor_expired", "invalid_cursor", "precondition_failed", "webhook_not_found"],
        body=True,
        writes=True,
    ),
)
async def patch_webhook(
    name: Name,
    body: Annotated[WebhookPatch, Body(media_type=MERGE_PATCH)],
    mediator: Send,
    expected: Expected,
    preferred: Preferred,
) -> Response:
    given = body.model_dump(exclude_unset=True)
    if "since" in given:
        given["since"] = since_of(body.since, "since", Edge.NOW)
    webhook = await mediator.send(PatchWebhook(name=name, precondition=expected, **given))
    return patched_response(progress_response(orjson.dumps(_members(webhook)), webhook.version), preferred)


@router.delete(
    "/{name}",
    status_code=204,
    description=DeleteWebhook.__doc__,
    responses=answers({204: None}, [], ["webhook_not_found", "precondition_failed"], writes=True),
)
async def delete_webhook(name: Name, mediator: Send, expected: Expected) -> Response:
    await mediator.send(DeleteWebhook(name=name, precondition=expected))
    return Response(status_code=204)


@router.get(
    "/{name}/dead-letters",
    description=ListDeadLetters.__doc__,
    responses=answers({200: DeadLetterList}, [], ["webhook_not_found"]),
)
async def list_dead_letters(
    name: Name, query: Annotated[LettersQuery, Query()], mediator: Send, request: Request
) -> Response:
    limit = page_size(query.limit, request.app.state.settings.limits, "limit")
    letters = await mediator.send(ListDeadLetters(webhook=name, limit=limit))
    return Response(orjson.dumps({"items": [_letter(letter) for letter in letters]}), media_type=JSON)


@router.post(
    "/{name}/dead-letters/replay",
    description=ReplayDeadLetters.__doc__,
    responses=answers({200: Replaying}, [], ["webhook_not_found"], body=True, writes=True),
)
async def replay_dead_letters(name: Name, body: Replay, mediator: Send) -> Response:
    count = await mediator.send(ReplayDeadLetters(webhook=name, id=body.id))
    return Response(orjson.dumps({"replaying": count}), media_type=JSON)


def _members(webhook: Webhook, *, secret: str | None = None) -> dict[str, Any]:
    return {
        "name": webhook.name,
        "url": webhook.url,
        "collection": webhook.collection,
        "enabled": webhook.enabled,
        "secret": secret,
        "cursor": str(webhook.position),
        "failures": webhook.failures,
        "last_error": webhook.last_error,
        "created_at": timestamp(webhook.created_at),
        "updated_at": timestamp(webhook.updated_at),
    }


def _letter(letter: DeadLetter) -> dict[str, Any]:
    return {
        "id": str(letter.id),
        "message_id": letter.message_id,
        "message": orjson.Fragment(letter.body),
        "failures": letter.failures,
        "error": letter.error,
        "failed_at": timestamp(letter.failed_at),
        "replaying": letter.replaying,
    }
