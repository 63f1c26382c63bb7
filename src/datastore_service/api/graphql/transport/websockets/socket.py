"""The adapter between the WebSocket and Strawberry's handler: strict JSON in, text out."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from typing import Final, override

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from datastore_service.api.http.json_texts import decoded
from datastore_service.application.json_codec import MalformedJson
from datastore_service.config.settings import LimitSettings
from datastore_service.library_internals.strawberry import (
    AsyncWebSocketAdapter,
    NonJsonMessageReceived,
    NonTextMessageReceived,
    WebSocketDisconnected,
)

# A control frame has 125 bytes, of which the code takes two (RFC 6455).
_LONGEST_REASON: Final = 123


class JsonSocket(AsyncWebSocketAdapter):
    """Messages are JSON, decoded as strictly as request bodies."""

    def __init__(self, socket: WebSocket, limits: LimitSettings) -> None:
        # The base class would set up an encoder, which is not needed here.
        self._socket = socket
        self._limits = limits

    @override
    async def iter_json(self, *, ignore_parsing_errors: bool = False) -> AsyncGenerator[object]:
        while self._socket.application_state is not WebSocketState.DISCONNECTED:
            try:
                text = await self._socket.receive_text()
                message = await decoded(text.encode(), self._limits)
            except WebSocketDisconnect:
                return
            except KeyError as error:
                raise NonTextMessageReceived from error
            except (MalformedJson, UnicodeEncodeError) as error:
                raise NonJsonMessageReceived from error
            yield message

    @override
    async def send_json(self, message: Mapping[str, object]) -> None:
        try:
            await self._socket.send_text(orjson.dumps(message).decode())
        except (WebSocketDisconnect, RuntimeError) as error:
            raise WebSocketDisconnected from error

    @override
    async def close(self, code: int, reason: str) -> None:
        if self._socket.application_state is not WebSocketState.DISCONNECTED:
            # The client may have left meanwhile.
            with suppress(WebSocketDisconnect):
                await self._socket.close(code, reason.encode()[:_LONGEST_REASON].decode(errors="ignore"))
