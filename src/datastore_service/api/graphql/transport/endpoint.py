"""GraphQL over HTTP (the specification of the GraphQL Foundation)."""

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Any, Final, cast, override

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import Scope
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from datastore_service.api.graphql.context import Context
from datastore_service.api.graphql.current_schema import CurrentSchema
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
from datastore_service.api.http.rest import Answer
from datastore_service.api.pages.routes import graphiql_page
from datastore_service.application.lifecycle import Lifecycle
from datastore_service.application.mediator import Sender
from datastore_service.config.settings import Settings
from datastore_service.library_internals.strawberry import (
    CannotGetOperationTypeError,
    InvalidOperationTypeError,
    PreExecutionError,
)

HTML: Final = "text/html"
TEXT: Final = "text/plain"


@dataclass(frozen=True, slots=True)
class _Method:
    """What may be asked by one method of HTTP."""

    read: Callable[[Request, Settings], Awaitable[GraphQLRequest]]
    answered: Collection[OperationType]
    streamed: Collection[OperationType]
    shows_pages: bool


async def graphql_get(request: Request) -> Response:
    """Answers a query; a browser gets GraphiQL."""
    return await _answer(request, _GET)


async def graphql_post(request: Request) -> Response:
    """Answers a query, executes a mutation, or opens a subscription for a client of Server-Sent Events."""
    return await _answer(request, _POST)


async def _answer(request: Request, method: _Method) -> Response:
    """Tells the story of a request, in the order in which it happens; that of REST is api/http/rest.py.

    A request comes here when api/edge/admission.py has admitted it, and api/http/routing.py has found this route.
    """
    sender = await sender_of(request)
    settings: Settings = request.app.state.settings
    accepted = _agreed(request, settings, method)
    if accepted == HTML:
        return graphiql_page()
    try:
        asked = await method.read(request, settings)
        if accepted == EVENT_STREAM:
            return await _stream(request, sender, asked, method.streamed)
        if accepted is None:
            raise RequestRefused(Problem("not_acceptable", _GIVEN))
        return await _send(request, sender, asked, method.answered, accepted)
    except RequestRefused as refusal:
        return refused_request(refusal.problem, accepted)


def _agreed(request: Request, settings: Settings, method: _Method) -> str | None:
    """Returns the media type that the client prefers, None if it takes none of them."""
    page = [HTML] if method.shows_pages and settings.graphql.offers_graphiql else []
    return preferred(RequestHead.of(request.scope).get(b"accept"), [JSON, GRAPHQL_RESPONSE, EVENT_STREAM, *page])


async def _read_query(request: Request, settings: Settings) -> GraphQLRequest:
    return from_query(request.query_params, settings.limits)


async def _read_body(request: Request, _settings: Settings) -> GraphQLRequest:
    expect_media_type(request, JSON)
    return from_body(await JsonRequest.of(request).json())


_GET: Final = _Method(
    read=_read_query,
    answered=[OperationType.QUERY],
    streamed=[OperationType.QUERY, OperationType.SUBSCRIPTION],
    shows_pages=True,
)
_POST: Final = _Method(
    read=_read_body,
    answered=[OperationType.QUERY, OperationType.MUTATION],
    streamed=[*OperationType],
    shows_pages=False,
)
_GIVEN: Final = f"GraphQL answers are {GRAPHQL_RESPONSE}, {JSON} or {EVENT_STREAM}."


async def _stream(
    request: Request, sender: Sender, asked: GraphQLRequest, allowed: Collection[OperationType]
) -> Response:
    current: CurrentSchema = request.app.state.graphql
    executable = await current.looked_up()
    settings: Settings = request.app.state.settings
    lifecycle: Lifecycle = request.app.state.lifecycle
    text = executable.documents.text_of(asked)
    results = executable.schema.stream(
        text,
        variable_values=asked.variables,
        operation_name=asked.operation_name,
        context_value=Context(sender, settings.limits, settings.graphql, executable.cursors, asked.operation_name),
        allowed_operation_types=allowed,
    )

    def is_cut_short() -> bool:
        return not lifecycle.serves and executable.is_subscription(text, asked.operation_name)

    return ResultStream(results, settings.limits.heartbeat_seconds, sender.context.correlation_id, is_cut_short)


async def _send(
    request: Request, sender: Sender, asked: GraphQLRequest, allowed: Collection[OperationType], accepted: str
) -> Response:
    """Has the document answered by one message, from its plan or, if it has none, by the resolvers of its fields.

    Raises:
        RequestRefused: The document is not of a kind that is answered in this way.
    """
    current: CurrentSchema = request.app.state.graphql
    executable = current.taken()
    try:
        text = executable.documents.text_of(asked)
        # A compiled response is finished text, to which advice cannot be added.
        if executable.compiler and sender.context.advice is None:
            may_change = OperationType.MUTATION in allowed
            answer = await executable.compiler.answer(text, asked, sender, may_change=may_change)
            if isinstance(answer, bytes):
                return replay_marked(request, Response(answer, media_type=accepted))
            sender = answer
        result = await _resolved(request, sender, executable, text, asked, allowed)
    except DocumentUnavailable as refusal:
        return refused_document(refusal.problem, accepted)
    extensions = {"advice": advice_members(sender.context.advice)} if sender.context.advice else {}
    return replay_marked(request, result_response(result, accepted, sender.context.correlation_id, extensions))


async def _resolved(
    request: Request,
    sender: Sender,
    executable: Executable,
    text: str,
    asked: GraphQLRequest,
    allowed: Collection[OperationType],
) -> ExecutionResult:
    """Executes the document; once more if its schema was not that of the moment of which the answer is.

    What was read is older than the look at the number of the schema: if that is the same, the types were those.
    """
    current: CurrentSchema = request.app.state.graphql
    settings: Settings = request.app.state.settings
    while True:
        context = Context(sender, settings.limits, settings.graphql, executable.cursors, asked.operation_name)
        result = await _executed(request, executable, text, asked, allowed, context)
        depends_on_types = context.typed.are_read or isinstance(result, PreExecutionError)
        if not depends_on_types or await current.is_still(executable):
            return result
        executable = current.executable


async def _executed(
    request: Request,
    executable: Executable,
    text: str,
    asked: GraphQLRequest,
    allowed: Collection[OperationType],
    context: Context,
) -> ExecutionResult:
    try:
        return await executable.schema.execute(
            text,
            variable_values=asked.variables,
            operation_name=asked.operation_name,
            context_value=context,
            allowed_operation_types=allowed,
        )
    except InvalidOperationTypeError as error:
        if error.operation_type is OperationType.SUBSCRIPTION:
            detail = f"Subscriptions need Accept: {EVENT_STREAM}, or a WebSocket (graphql-transport-ws)."
            raise RequestRefused(Problem("not_acceptable", detail)) from error
        detail = error.as_http_error_reason(cast("Any", request.method))
        raise RequestRefused(Problem("method_not_allowed", f"{detail}.", headers={"Allow": "POST"})) from error
    except CannotGetOperationTypeError as error:
        raise RequestRefused(Problem("malformed_request", f"{error.as_http_error_reason().rstrip('.')}.")) from error


async def graphql_schema(request: Request) -> Response:
    """Returns the schema in GraphQL's own language, with the typed collections of now."""
    await sender_of(request)
    settings: Settings = request.app.state.settings
    current: CurrentSchema = request.app.state.graphql
    if not settings.graphql.introspection or settings.graphql.trusted_documents is not None:
        raise RequestRefused(Problem("not_found", "The GraphQL schema of this service is private."))
    return Response(await current.sdl(), media_type=f"{TEXT}; charset=utf-8")


class _Route(Route):
    """A route whose path the metrics and the access log know."""

    def answering(self, _route: object) -> Answer:
        """Returns what answers a request (adr/0101)."""
        return self.endpoint

    @override
    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, found = super().matches(scope)
        return match, {**found, "route": self}


ROUTES: Final = (
    _Route("/graphql", graphql_post, methods=["POST"]),
    _Route("/graphql", graphql_get, methods=["GET"]),
    _Route("/graphql/schema", graphql_schema, methods=["GET"]),
)
"""Not a FastAPI route: GraphQL has no use for what FastAPI adds, which takes longer than reading a record."""
