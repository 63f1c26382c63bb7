"""The adapter between the WebSocket and Strawberry's handler: strict JSON in, text out."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from typing import Final, cast, override

import orjson
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from datastore_service.api.http.json_texts import decoded
from datastore_service.application.json_codec import MalformedJson
from datastore_service.application.large_requests import LargeRequests, Work
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

    def __init__(self, socket: WebSocket, limits: LimitSettings, large_requests: LargeRequests) -> None:
        # The base class would set up an encoder, which is not needed here.
        self._socket = socket
        self._limits = limits
        self._large_requests = large_requests
        self._work: Work | None = None

    def take_work(self) -> Work:
        """Returns the work on the last message, which goes on until the caller has it leave its room."""
        work, self._work = self._work, None
        return work or self._large_requests.working()

    @override
    async def iter_json(self, *, ignore_parsing_errors: bool = False) -> AsyncGenerator[object]:
        while self._socket.application_state is not WebSocketState.DISCONNECTED:
            work = self._work = self._large_requests.working()
            work.begin()
            try:
                yield await self._received()
            except WebSocketDisconnect:
                return
            finally:
                if self._work is work:
                    work.leave()

    async def _received(self) -> object:
        """Returns the next message. Nothing else refers to its text then, which may be large."""
        try:
            return await decoded((await self._socket.receive_text()).encode(), self._limits)
        except KeyError as error:
            raise NonTextMessageReceived from error
        except (MalformedJson, UnicodeEncodeError) as error:
            raise NonJsonMessageReceived from error

    @override
    async def send_json(self, message: Mapping[str, object]) -> None:
        text = orjson.dumps(message).decode()
        # The callers refer to the message until the client takes it.
        cast("dict[str, object]", message).clear()
        try:
            await self._socket.send_text(text)
        except (WebSocketDisconnect, RuntimeError) as error:
            raise WebSocketDisconnected from error

    @override
    async def close(self, code: int, reason: str) -> None:
        if self._socket.application_state is not WebSocketState.DISCONNECTED:
            # The client may have left meanwhile.
            with suppress(WebSocketDisconnect):
                await self._socket.close(code, reason.encode()[:_LONGEST_REASON].decode(errors="ignore"))
