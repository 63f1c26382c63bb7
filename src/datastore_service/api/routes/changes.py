"""The log of changes over REST: pages, and streams of Server-Sent Events."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Request, Response

from datastore_service.api.change_schemas import ChangePageBody, ChangesQuery
from datastore_service.api.changes import changes_response, since_of
from datastore_service.api.dependencies import Send, page_size
from datastore_service.api.event_stream import EVENT_STREAM, ChangeStream
from datastore_service.api.idling import idle
from datastore_service.api.json_requests import JSON, JsonRoute
from datastore_service.api.negotiation import preferred
from datastore_service.api.openapi import answers
from datastore_service.api.problems import Problem, RequestRefused
from datastore_service.api.request_head import RequestHead
from datastore_service.application.changes.beginning import Edge
from datastore_service.application.queries.follow_changes import FollowChanges
from datastore_service.application.queries.get_consumer import GetConsumer
from datastore_service.application.queries.read_changes import ReadChanges
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
        "Read the changes of records in the order of the log: a page of them or, with `Accept: text/event-stream`, all "
        "from a place on as they are made. None is left out and none comes twice, and those of one record come in the "
        "order of its versions."
    ),
    responses=_ANSWERS,
)
async def read_changes(
    query: Annotated[ChangesQuery, Query()],
    mediator: Send,
    request: Request,
    last_event_id: Annotated[
        str | None, Header(description="The id of the last event that a stream has given; it goes on behind that.")
    ] = None,
) -> Response:
    since = since_of(query.since, "since", Edge.BEGINNING)
    if query.consumer is not None:
        if query.since is not None:
            raise _contradiction()
        since = (await mediator.send(GetConsumer(name=query.consumer))).consumer.position
    limits: LimitSettings = request.app.state.settings.limits
    if preferred(RequestHead.of(request.scope).get(b"accept"), [JSON, EVENT_STREAM]) == EVENT_STREAM:
        if query.since is None and query.consumer is None:
            since = Edge.NOW
        if last_event_id:
            since = since_of(last_event_id, "Last-Event-ID", Edge.NOW)
        following = FollowChanges(since=since, collection=query.collection, snapshot=query.snapshot)
        return ChangeStream(await mediator.send(following), limits.heartbeat_seconds)
    if query.wait:
        idle(request)
    page = await mediator.send(
        ReadChanges(
            since=since,
            collection=query.collection,
            limit=page_size(query.limit, limits, "limit"),
            wait=min(query.wait, limits.wait_seconds),
            snapshot=query.snapshot,
        )
    )
    return changes_response(page)


def _contradiction() -> RequestRefused:
    detail = "consumer: it says where to begin, and so does since."
    return RequestRefused(
        Problem("validation_failed", detail, {"errors": [{"parameter": "consumer", "detail": detail}]})
    )
