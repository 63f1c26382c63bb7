"""The graphql-transport-ws protocol: Strawberry's handler with this service's documents, limits and errors."""

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
from datastore_service.api.graphql.current_schema import CurrentSchema
from datastore_service.api.graphql.requests import from_body
from datastore_service.api.graphql.transport.answers import error_list, refusal_list, result_body
from datastore_service.api.graphql.transport.websockets.socket import JsonSocket
from datastore_service.api.http.problems import Problem, RequestRefused
from datastore_service.application.large_requests import Work
from datastore_service.application.mediator import Sender
from datastore_service.config.settings import GraphQLSettings, LimitSettings
from datastore_service.library_internals.strawberry import (
    BaseGraphQLTransportWSHandler,
    ConnectionInitMessage,
    Message,
    Operation,
    StreamResult,
    SubscribeMessage,
    UnsetType,
    WebSocketDisconnected,
)

type Introduction = Callable[[Mapping[str, object]], Awaitable[Sender]]
"""Authenticates the client from the payload of `connection_init`; raises `RequestRefused`."""


_RESTARTS: Final = 1012
"""The close code after which clients of graphql-ws reconnect (RFC 6455's registry: Service Restart)."""
_SECONDS_TO_CLOSE: Final = 1.0
"""How long the last frame may wait for a client that does not read."""

_log = logging.getLogger(__name__)


class _View:
    """The part of an endpoint that Strawberry's handler uses."""

    async def on_ws_connect(self, context: object) -> UnsetType:
        if context is None:
            raise ConnectionRejectionError
        return UNSET


class _Operation(Operation[Any, None]):
    """An operation whose results and errors look the same as over HTTP."""

    work: Work | None = None

    @override
    async def send_initial_errors(self, errors: list[GraphQLError]) -> None:
        await self._send(self._message("error", error_list(errors, self._correlation_id)))

    @override
    async def send_next(self, execution_result: ExecutionResult) -> None:
        message = self._message("next", result_body(execution_result, self._correlation_id))
        # Strawberry refers to the result until the client takes it.
        execution_result.data = None
        await self._send(message)

    def leave(self) -> None:
        """Leaves its room for large requests, if it has any."""
        if self.work is not None:
            self.work.leave()

    @property
    def _correlation_id(self) -> str | None:
        return cast("Context", self.handler.context).mediator.context.correlation_id

    def _message(self, kind: str, payload: bytes) -> Message:
        return cast("Message", {"id": self.id, "type": kind, "payload": orjson.Fragment(payload)})

    async def _send(self, message: Message) -> None:
        self.leave()
        await self.send_operation_message(message)


def _fault_of(message: object) -> str | None:
    """Returns what is wrong with a message's form, as far as Strawberry's handler does not check it."""
    if not isinstance(message, dict):
        return "A message must be an object"
    members = cast("dict[str, object]", message)
    if not (isinstance(named := members.get("id", "none"), str) and named):
        return "An id must be a non-empty string"
    if members.get("type") in {"ping", "pong"} and not isinstance(members.get("payload", {}), dict | None):
        return "The payload of a ping or a pong must be an object"
    return None


def _retrieve(task: asyncio.Task[None]) -> None:
    """Retrieves the result of a task, whose error has been logged."""
    if not task.cancelled():
        task.exception()


class _Operations:
    """The schema as Strawberry's handler uses it: each operation of a connection has a context of its own.

    So an operation reads at least what it has written itself, independently of other operations on the connection.
    """

    def __init__(self, current: CurrentSchema) -> None:
        self._current = current

    async def stream(
        self,
        query: str | None,
        *,
        context_value: Context,
        operation_name: str | None,
        **arguments: Any,  # noqa: ANN401 - Strawberry's own types
    ) -> StreamResult:
        context = context_value.of_new_operation(operation_name)
        schema = (await self._current.looked_up()).schema
        return await schema.stream(query, context_value=context, operation_name=operation_name, **arguments)


class Conversation(BaseGraphQLTransportWSHandler[Any, None]):
    """One connection."""

    websocket: JsonSocket

    def __init__(
        self,
        socket: JsonSocket,
        current: CurrentSchema,
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
            schema=cast("Any", _Operations(current)),
            connection_init_wait_timeout=timedelta(seconds=graphql.connection_init_seconds),
            max_subscriptions_per_connection=graphql.max_subscriptions,
        )
        self._current = current
        self._graphql = graphql
        self._limits = limits
        self._introduce = introduce
        self._working = working
        self._closing: asyncio.Task[None] | None = None

    def end(self) -> None:
        """Closes the connection with a code that makes the client reconnect.

        Subscriptions end without `complete`, so that clients subscribe again. Queries and mutations under way are
        answered
        first; until then the connection counts as work of the service.
        """
        if self._closing is not None:
            return
        answers: list[asyncio.Task[None]] = []
        for operation_id, operation in list(self.operations.items()):
            task = cast("asyncio.Task[None]", operation.task)  # pyright: ignore[reportUnknownMemberType]
            if self._current.executable.is_subscription(operation.query, operation.operation_name):
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
            _log.info("A client left while a result was sent.")
        else:
            await super().handle_task_exception(error)

    @override
    async def handle_message(self, message: Message) -> None:
        fault = _fault_of(message)
        if fault is not None:
            await self.handle_invalid_message(fault)
            return
        try:
            await super().handle_message(message)
        finally:
            # Strawberry refers to the message until the next one arrives.
            cast("dict[str, object]", message).clear()

    @override
    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        said = message.get("payload")
        if not self.connection_init_received:
            try:
                speaker = await self._introduce(said if isinstance(said, dict) else {})
                self.context = Context(speaker, self._limits, self._graphql, self._current.executable.cursors)
            except RequestRefused:
                self.context = None
        if said is None:
            message = {"type": "connection_init"}
        await super().handle_connection_init(message)

    @override
    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        if self._closing is not None:
            # The client repeats the operation on its next connection.
            return
        operation_id = message["id"]
        if not self.connection_acknowledged or operation_id in self.operations:
            # This ends the connection.
            await super().handle_subscribe(message)
            return
        try:
            if len(self.operations) >= self._graphql.max_subscriptions:
                most = f"{self._graphql.max_subscriptions} operations are under way on this connection"
                raise RequestRefused(Problem("too_many_streams", f"{most}, the maximum."))
            request = from_body(message["payload"])
            text = self._current.executable.documents.text_of(request)
        except RequestRefused as refusal:
            payload = orjson.Fragment(refusal_list(refusal.problem))
            await self.send_message(cast("Message", {"id": operation_id, "type": "error", "payload": payload}))
            return
        operation = _Operation(self, operation_id, text, request.variables, request.operation_name)
        if not self._current.executable.is_subscription(text, request.operation_name):
            operation.work = self.websocket.take_work()
        task: asyncio.Task[None] = asyncio.create_task(self.run_operation(operation))
        task.add_done_callback(_retrieve)
        task.add_done_callback(lambda _: operation.leave())
        operation.task = task
        self.operations[operation_id] = operation

    @override
    async def handle_invalid_message(self, error_message: str) -> None:
        await self.websocket.close(code=4400, reason=error_message)

    @staticmethod
    @override
    def _get_pre_execution_close_reason(error: GraphQLError) -> str | None:
        """Returns None: an invalid document ends its own operation, not the connection."""
        return None


def end_all(conversations: Iterable[Conversation]) -> None:
    """Closes the connections of all conversations; see `Conversation.end`."""
    for conversation in list(conversations):
        conversation.end()
