"""Whether requests are let in at all: not before the service is there, and none that come when it goes (adr/0055)."""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from datastore_service.api.problems import Problem
from datastore_service.application.lifecycle import Lifecycle, Phase

_ALWAYS: Final = ("/health/", "/metrics")
_RETRY_AFTER: Final = "1"
_CODES: Final = {Phase.STARTING: "starting", Phase.ENDING: "shutting_down"}


class Gate:
    """Holds requests while the service starts, and refuses them while it waits for something or ends.

    What is under way when the service ends is finished, and its answer is the last one on its connection.
    """

    def __init__(self, app: ASGIApp, *, lifecycle: Lifecycle) -> None:
        self._app = app
        self._lifecycle = lifecycle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or scope["path"].startswith(_ALWAYS):
            await self._app(scope, receive, send)
            return
        lifecycle = self._lifecycle
        if lifecycle.phase is Phase.STARTING:
            await lifecycle.decided()
        if not lifecycle.serves:
            await self._refuse(scope, receive, send)
            return

        async def send_as_last(message: Message) -> None:
            if lifecycle.phase is Phase.ENDING and message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), (b"connection", b"close")]
            await send(message)

        with lifecycle.working():
            await self._app(scope, receive, send_as_last)

    async def _refuse(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and "websocket.http.response" not in scope.get("extensions", {}):
            await WebSocketClose()(scope, receive, send)
            return
        code = _CODES[self._lifecycle.phase]
        headers = {"Retry-After": _RETRY_AFTER, "Connection": "close"}
        problem = Problem(code, self._lifecycle.problem or "", headers=headers)
        await problem.to_response()(scope, receive, send)
