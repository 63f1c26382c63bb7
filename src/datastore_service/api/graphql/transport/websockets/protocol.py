"""The protocol graphql-transport-ws: Strawberry's handler, with this service's documents, limits and errors."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from contextlib import AbstractContextManager, ExitStack, suppress
from datetime import timedelta
from typing import Any, Final, cast, override

import orjson
from graphql import GraphQLError
from strawberry import UNSET
from strawberry.exceptions import ConnectionRejectionError
from strawberry.types import ExecutionResult

from datastore_service.api.graphql.context import Context
from datastore_service.api.graphql.requests import from_body
from datastore_service.api.graphql.schema import Executable
from datastore_service.api.graphql.transport.answers import error_list, refusal_list, result_body
from datastore_service.api.graphql.transport.websockets.socket import JsonSocket
from datastore_service.api.http.problems import Problem, RequestRefused
from datastore_service.application.mediator import Sender
from datastore_service.config.settings import GraphQLSettings, LimitSettings
from datastore_service.library_internals.strawberry import (
    BaseGraphQLTransportWSHandler,
    BaseSchema,
    ConnectionInitMessage,
    Message,
    Operation,
    SubscribeMessage,
    UnsetType,
    WebSocketDisconnected,
)

type Introduction = Callable[[Mapping[str, object]], Awaitable[Sender]]
"""Tells who speaks, from what he says of himself when he begins to; raises `RequestRefused`."""


_RESTARTS: Final = 1012
"""The code after which clients of graphql-ws connect again (RFC 6455's registry: Service Restart)."""
_SECONDS_TO_CLOSE: Final = 1.0
"""How long a client that takes nothing may keep the last frame from being sent."""

_log = logging.getLogger(__name__)


class _View:
    """What Strawberry's handler asks of the rest of an endpoint."""

    async def on_ws_connect(self, context: object) -> UnsetType:
        if context is None:
            raise ConnectionRejectionError
        return UNSET


class _Operation(Operation[Any, None]):
    """An operation whose results and errors look as they do over HTTP."""

    @override
    async def send_initial_errors(self, errors: list[GraphQLError]) -> None:
        await self._send("error", error_list(errors, self._correlation_id))

    @override
    async def send_next(self, execution_result: ExecutionResult) -> None:
        await self._send("next", result_body(execution_result, self._correlation_id))

    @property
    def _correlation_id(self) -> str | None:
        return cast("Context", self.handler.context).mediator.context.correlation_id

    async def _send(self, kind: str, payload: bytes) -> None:
        message = {"id": self.id, "type": kind, "payload": orjson.Fragment(payload)}
        await self.send_operation_message(cast("Message", message))


def _fault_of(message: object) -> str | None:
    """Returns what is wrong with the form of a message, as far as Strawberry's handler lets it pass."""
    if not isinstance(message, dict):
        return "A message is an object"
    members = cast("dict[str, object]", message)
    if not (isinstance(named := members.get("id", "none"), str) and named):
        return "An id is a string that is not empty"
    if members.get("type") in {"ping", "pong"} and not isinstance(members.get("payload", {}), dict | None):
        return "The payload of a ping or a pong is an object"
    return None


def _retrieve(task: asyncio.Task[None]) -> None:
    """Takes note of how a task ended, which has been logged by then."""
    if not task.cancelled():
        task.exception()


class _Operations:
    """The schema as Strawberry's handler asks for it: each operation of a connection has a context of its own.

    So what an operation reads is as fresh as what that operation wrote, and not as what others on the connection wrote.
    """

    def __init__(self, schema: BaseSchema) -> None:
        self._schema = schema

    def stream(self, query: str | None, *, context_value: Context, operation_name: str | None, **arguments: Any) -> Any:  # noqa: ANN401 - Strawberry's own types
        context = context_value.of_new_operation(operation_name)
        return self._schema.stream(query, context_value=context, operation_name=operation_name, **arguments)


class Conversation(BaseGraphQLTransportWSHandler[Any, None]):
    """One connection."""

    def __init__(
        self,
        socket: JsonSocket,
        executable: Executable,
        graphql: GraphQLSettings,
        limits: LimitSettings,
        introduce: Introduction,
        working: Callable[[], AbstractContextManager[None]],
    ) -> None:
        super().__init__(
            view=cast("Any", _View()),
            websocket=socket,
            context=None,
            root_value=None,
            schema=cast("Any", _Operations(executable.schema)),
            connection_init_wait_timeout=timedelta(seconds=graphql.connection_init_seconds),
            max_subscriptions_per_connection=graphql.max_subscriptions,
        )
        self._documents = executable.documents
        self._cursors = executable.cursors
        self._graphql = graphql
        self._limits = limits
        self._introduce = introduce
        self._is_subscription = executable.is_subscription
        self._working = working
        self._closing: asyncio.Task[None] | None = None

    def end(self) -> None:
        """Closes the connection in a way that has the client connect again.

        Subscriptions end without `complete`, for there is more to come. Queries and mutations that are under way are
        answered first; what is under way in the service includes the connection until then.
        """
        if self._closing is not None:
            return
        answers: list[asyncio.Task[None]] = []
        for operation_id, operation in list(self.operations.items()):
            task = cast("asyncio.Task[None]", operation.task)  # pyright: ignore[reportUnknownMemberType]
            if self._is_subscription(operation.query, operation.operation_name):
                del self.operations[operation_id]
                task.cancel()
            else:
                answers.append(task)
        under_way = ExitStack()
        under_way.enter_context(self._working())
        self._closing = asyncio.create_task(self._close_after(answers), name="close a WebSocket")
        self._closing.add_done_callback(lambda _: under_way.close())

    async def _close_after(self, answers: list[asyncio.Task[None]]) -> None:
        if answers:
            await asyncio.wait(answers)
        with suppress(TimeoutError):
            async with asyncio.timeout(_SECONDS_TO_CLOSE):
                await self.websocket.close(_RESTARTS, "The service is shutting down")

    @override
    async def handle_task_exception(self, error: Exception) -> None:
        if isinstance(error, WebSocketDisconnected):
            _log.info("A client left while it was sent the result of an operation.")
        else:
            await super().handle_task_exception(error)

    @override
    async def handle_message(self, message: Message) -> None:
        fault = _fault_of(message)
        if fault is None:
            await super().handle_message(message)
        else:
            await self.handle_invalid_message(fault)

    @override
    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        said = message.get("payload")
        if not self.connection_init_received:
            try:
                speaker = await self._introduce(said if isinstance(said, dict) else {})
                self.context = Context(speaker, self._limits, self._graphql, self._cursors)
            except RequestRefused:
                self.context = None
        if said is None:
            message = {"type": "connection_init"}
        await super().handle_connection_init(message)

    @override
    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        if self._closing is not None:
            # The client makes it again on its next connection.
            return
        operation_id = message["id"]
        if not self.connection_acknowledged or operation_id in self.operations:
            # That ends the connection.
            await super().handle_subscribe(message)
            return
        try:
            if len(self.operations) >= self._graphql.max_subscriptions:
                most = f"{self._graphql.max_subscriptions} operations are under way on this connection"
                raise RequestRefused(Problem("too_many_streams", f"{most}, which is as many as there may be."))
            request = from_body(message["payload"])
            text = self._documents.text_of(request)
        except RequestRefused as refusal:
            payload = orjson.Fragment(refusal_list(refusal.problem))
            await self.send_message(cast("Message", {"id": operation_id, "type": "error", "payload": payload}))
            return
        operation = _Operation(self, operation_id, text, request.variables, request.operation_name)
        task: asyncio.Task[None] = asyncio.create_task(self.run_operation(operation))
        task.add_done_callback(_retrieve)
        operation.task = task
        self.operations[operation_id] = operation

    @override
    async def handle_invalid_message(self, error_message: str) -> None:
        await self.websocket.close(code=4400, reason=error_message)

    @staticmethod
    @override
    def _get_pre_execution_close_reason(error: GraphQLError) -> str | None:
        """Returns None: a document that is at fault ends its operation, and not those of others on the connection."""
        return None


def end_all(conversations: Iterable[Conversation]) -> None:
    """Closes the connections of all conversations; see `Conversation.end`."""
    for conversation in list(conversations):
        conversation.end()
