"""The endpoint that accepts WebSockets."""

from collections.abc import Mapping
from typing import Final

from fastapi import APIRouter, Request, WebSocket

from datastore_service.api.graphql.current_schema import CurrentSchema
from datastore_service.api.graphql.transport.websockets.protocol import Conversation
from datastore_service.api.graphql.transport.websockets.socket import JsonSocket
from datastore_service.api.http.dependencies import sender_of
from datastore_service.application.lifecycle import Lifecycle
from datastore_service.application.mediator import Sender
from datastore_service.config.settings import Settings

PROTOCOL: Final = "graphql-transport-ws"

_TRY_AGAIN_LATER: Final = 1013
_NOT_ACCEPTABLE: Final = 4406
_AUTHORIZATION: Final = "authorization"

router = APIRouter()


@router.websocket("/graphql")
async def graphql_socket(socket: WebSocket) -> None:
    """Executes operations, including subscriptions, as long as the client stays."""
    current: CurrentSchema = socket.app.state.graphql
    settings: Settings = socket.app.state.settings

    async def introduce(said: Mapping[str, object]) -> Sender:
        return await sender_of(_as_request(socket, said))

    if PROTOCOL not in socket.scope["subprotocols"]:
        await socket.accept()
        await socket.close(_NOT_ACCEPTABLE, f"Subprotocol not acceptable; {PROTOCOL} is spoken here")
        return
    conversations: set[Conversation] = socket.app.state.conversations
    await socket.accept(PROTOCOL)
    if len(conversations) >= settings.limits.streams:
        await socket.close(_TRY_AGAIN_LATER, "Too many connections are open")
        return
    lifecycle: Lifecycle = socket.app.state.lifecycle
    conversation = Conversation(
        JsonSocket(socket, settings.limits, socket.app.state.capacity.large_requests),
        current,
        settings.graphql,
        settings.limits,
        introduce,
        lifecycle.working,
    )
    conversations.add(conversation)
    if not lifecycle.serves:
        conversation.end()
    try:
        await conversation.handle()
    finally:
        conversations.discard(conversation)


def _as_request(socket: WebSocket, said: Mapping[str, object]) -> Request:
    """Returns the handshake as a request, with the Authorization from `connection_init`: pages cannot set headers."""
    headers: list[tuple[bytes, bytes]] = socket.scope["headers"]
    for name, value in said.items():
        if name.lower() == _AUTHORIZATION and isinstance(value, str):
            others = [header for header in headers if header[0] != _AUTHORIZATION.encode()]
            headers = [*others, (_AUTHORIZATION.encode(), value.encode("latin-1", "replace"))]
    return Request({**socket.scope, "type": "http", "method": "GET", "headers": headers})
