"""GraphQL over HTTP (the GraphQL Foundation's specification of that name)."""

from collections.abc import Awaitable, Callable, Collection
from typing import Any, Final, cast, override

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope
from strawberry.types.graphql import OperationType

from datastore_service.api.graphql.context import Context
from datastore_service.api.graphql.documents.source import DocumentUnavailable
from datastore_service.api.graphql.requests import GraphQLRequest, from_body, from_query
from datastore_service.api.graphql.schema import Executable
from datastore_service.api.graphql.transport.answers import (
    GRAPHQL_RESPONSE,
    refused_document,
    refused_request,
    result_response,
)
from datastore_service.api.graphql.transport.streams import ResultStream
from datastore_service.api.http.advice import advice_members
from datastore_service.api.http.dependencies import sender_of
from datastore_service.api.http.event_stream import EVENT_STREAM
from datastore_service.api.http.json_requests import JSON, JsonRequest, expect_media_type
from datastore_service.api.http.negotiation import preferred
from datastore_service.api.http.problems import Problem, RequestRefused, replay_marked
from datastore_service.api.http.request_head import RequestHead
from datastore_service.api.pages.routes import graphiql_page
from datastore_service.application.lifecycle import Lifecycle
from datastore_service.application.mediator import Sender
from datastore_service.config.settings import Settings
from datastore_service.library_internals.strawberry import CannotGetOperationTypeError, InvalidOperationTypeError

HTML: Final = "text/html"


async def graphql_get(request: Request) -> Response:
    """Answers a query; a browser gets GraphiQL."""
    mediator = await sender_of(request)
    settings: Settings = request.app.state.settings
    page = [HTML] if settings.graphql.offers_graphiql else []
    accepted = preferred(RequestHead.of(request.scope).get(b"accept"), [JSON, GRAPHQL_RESPONSE, EVENT_STREAM, *page])
    if accepted == HTML:
        return graphiql_page()
    try:
        parameters = from_query(request.query_params, settings.limits)
        if accepted == EVENT_STREAM:
            return _stream(request, mediator, parameters, [OperationType.QUERY, OperationType.SUBSCRIPTION])
        return await _answer(request, mediator, parameters, [OperationType.QUERY], accepted)
    except RequestRefused as refusal:
        return refused_request(refusal.problem, accepted)


async def graphql_post(request: Request) -> Response:
    """Answers a query, carries out a mutation, or opens a subscription to a client of Server-Sent Events."""
    mediator = await sender_of(request)
    accepted = preferred(RequestHead.of(request.scope).get(b"accept"), [JSON, GRAPHQL_RESPONSE, EVENT_STREAM])
    try:
        expect_media_type(request, JSON)
        parameters = from_body(await JsonRequest.of(request).json())
        if accepted == EVENT_STREAM:
            return _stream(request, mediator, parameters, [*OperationType])
        allowed = [OperationType.QUERY, OperationType.MUTATION]
        return await _answer(request, mediator, parameters, allowed, accepted)
    except RequestRefused as refusal:
        return refused_request(refusal.problem, accepted)


def _stream(
    request: Request, mediator: Sender, parameters: GraphQLRequest, allowed: Collection[OperationType]
) -> Response:
    executable: Executable = request.app.state.graphql
    settings: Settings = request.app.state.settings
    lifecycle: Lifecycle = request.app.state.lifecycle
    text = executable.documents.text_of(parameters)
    results = executable.schema.stream(
        text,
        variable_values=parameters.variables,
        operation_name=parameters.operation_name,
        context_value=Context(
            mediator, settings.limits, settings.graphql, executable.cursors, parameters.operation_name
        ),
        allowed_operation_types=allowed,
    )

    def is_cut_short() -> bool:
        return not lifecycle.serves and executable.is_subscription(text, parameters.operation_name)

    return ResultStream(results, settings.limits.heartbeat_seconds, mediator.context.correlation_id, is_cut_short)


async def _answer(
    request: Request,
    mediator: Sender,
    parameters: GraphQLRequest,
    allowed: Collection[OperationType],
    accepted: str | None,
) -> Response:
    if accepted is None:
        raise RequestRefused(
            Problem("not_acceptable", f"GraphQL answers are {GRAPHQL_RESPONSE}, {JSON} or {EVENT_STREAM}.")
        )
    executable: Executable = request.app.state.graphql
    settings: Settings = request.app.state.settings
    try:
        text = executable.documents.text_of(parameters)
        # What is compiled is finished text, which nothing can be added to.
        if executable.compiler and mediator.context.advice is None:
            may_change = OperationType.MUTATION in allowed
            answer = await executable.compiler.answer(text, parameters, mediator, may_change=may_change)
            if isinstance(answer, bytes):
                return replay_marked(request, Response(answer, media_type=accepted))
            mediator = answer
        result = await executable.schema.execute(
            text,
            variable_values=parameters.variables,
            operation_name=parameters.operation_name,
            context_value=Context(
                mediator, settings.limits, settings.graphql, executable.cursors, parameters.operation_name
            ),
            allowed_operation_types=allowed,
        )
    except DocumentUnavailable as refusal:
        return refused_document(refusal.problem, accepted)
    except InvalidOperationTypeError as error:
        if error.operation_type is OperationType.SUBSCRIPTION:
            detail = f"Subscriptions are answered as {EVENT_STREAM}, or over a WebSocket (graphql-transport-ws)."
            raise RequestRefused(Problem("not_acceptable", detail)) from error
        detail = error.as_http_error_reason(cast("Any", request.method))
        raise RequestRefused(Problem("method_not_allowed", f"{detail}.", headers={"Allow": "POST"})) from error
    except CannotGetOperationTypeError as error:
        raise RequestRefused(Problem("malformed_request", f"{error.as_http_error_reason().rstrip('.')}.")) from error
    extensions = {"advice": advice_members(mediator.context.advice)} if mediator.context.advice else {}
    return replay_marked(request, result_response(result, accepted, mediator.context.correlation_id, extensions))


class _Route(Route):
    """A route that metrics and the access log know by its path."""

    @property
    def direct(self) -> Callable[[Request], Awaitable[Response]]:
        """What answers a request (adr/0060)."""
        return self.endpoint

    @override
    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, found = super().matches(scope)
        return match, {**found, "route": self}


ROUTES: Final = (
    _Route("/graphql", graphql_post, methods=["POST"]),
    _Route("/graphql", graphql_get, methods=["GET"]),
)
"""Not FastAPI's: what it does for a route, GraphQL has no use for, and it takes longer than reading a record does."""
