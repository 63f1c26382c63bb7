"""The change feed over REST: pages, and streams of Server-Sent Events."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response

from datastore_service.api.http.changes import since_of
from datastore_service.api.http.dependencies import Send, page_size
from datastore_service.api.http.event_stream import EVENT_STREAM, ChangeStream
from datastore_service.api.http.json_requests import JSON
from datastore_service.api.http.long_poll import detach
from datastore_service.api.http.negotiation import preferred
from datastore_service.api.http.problems import Problem, RequestRefused
from datastore_service.api.http.request_head import RequestHead
from datastore_service.api.http.rest import JsonRoute
from datastore_service.api.routes.bodies.change_schemas import ChangePageBody, ChangesQuery
from datastore_service.api.routes.bodies.changes import changes_response
from datastore_service.api.routes.openapi.openapi import answers
from datastore_service.application.errors import CursorExpired
from datastore_service.application.feed.start_position import Edge, Since
from datastore_service.application.feed.use_cases.follow_changes import FollowChanges
from datastore_service.application.feed.use_cases.get_consumer import GetConsumer
from datastore_service.application.feed.use_cases.read_changes import ChangePage, ReadChanges
from datastore_service.config.settings import LimitSettings


class _ChangesRoute(JsonRoute):
    """A route that answers with JSON or with a stream."""

    gives = (JSON, EVENT_STREAM)


router = APIRouter(prefix="/changes", tags=["changes"], route_class=_ChangesRoute)

_ANSWERS = answers(
    {200: ChangePageBody}, [], ["invalid_cursor", "cursor_expired", "consumer_not_found", "too_many_streams"]
)
_ANSWERS[200]["content"] = {EVENT_STREAM: {"schema": {"type": "string"}}}


@router.get(
    "",
    description=(
        "Read the changes of records in the order of the log: a page of them or, with `Accept: text/event-stream`, a "
        "stream of all changes from a position on. None is left out and none comes twice, and those of one record come "
        "in the order of its versions."
    ),
    responses=_ANSWERS,
)
async def read_changes(
    query: Annotated[ChangesQuery, Query()],
    mediator: Send,
    request: Request,
    last_event_id: Annotated[
        str | None, Header(description="The id of the last received event; the stream continues after it.")
    ] = None,
) -> Response:
    if query.consumer is not None and query.since is not None:
        raise _contradiction()
    limits: LimitSettings = request.app.state.settings.limits
    if preferred(RequestHead.of(request.scope).get(b"accept"), [JSON, EVENT_STREAM]) == EVENT_STREAM:
        return await _stream(query, mediator, limits, last_event_id)
    if query.wait:
        detach(request)

    async def read(since: Since, wait: float) -> ChangePage:
        limit = page_size(query.limit, limits, "limit")
        collection, snapshot = query.collection, query.snapshot
        return await mediator.send(
            ReadChanges(since=since, collection=collection, limit=limit, wait=wait, snapshot=snapshot)
        )

    try:
        page = await read(await _since(query, mediator, Edge.BEGINNING), min(query.wait, limits.wait_seconds))
    except CursorExpired:
        if query.consumer is None:
            raise
        # A failover has moved the consumer while the request waited.
        page = await read(await _since(query, mediator, Edge.BEGINNING), 0)
    return changes_response(page)


async def _stream(query: ChangesQuery, mediator: Send, limits: LimitSettings, last: str | None) -> ChangeStream:
    async def follow(since: Since) -> ChangeStream:
        following = FollowChanges(since=since, collection=query.collection, snapshot=query.snapshot)
        return ChangeStream(await mediator.send(following), limits.heartbeat_seconds)

    try:
        return await follow(
            since_of(last, "Last-Event-ID", Edge.NOW) if last else await _since(query, mediator, Edge.NOW)
        )
    except CursorExpired:
        if query.consumer is None:
            raise
        # A failover has moved the consumer; the cursor that the client has is older than that.
        return await follow(await _since(query, mediator, Edge.NOW))


async def _since(query: ChangesQuery, mediator: Send, otherwise: Edge) -> Since:
    if query.consumer is not None:
        return (await mediator.send(GetConsumer(name=query.consumer))).consumer.position
    return since_of(query.since, "since", otherwise)


def _contradiction() -> RequestRefused:
    detail = "consumer: give either consumer or since, not both."
    return RequestRefused(
        Problem("validation_failed", detail, {"errors": [{"parameter": "consumer", "detail": detail}]})
    )
