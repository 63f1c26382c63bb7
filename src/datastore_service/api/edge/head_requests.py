"""HEAD, for every resource that has GET (RFC 9110, section 9.3.2)."""

from contextlib import suppress

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class _HeadSent(Exception):
    """Ends the GET once its headers are known; its body may be an endless stream."""


class HeadRequests:
    """Answers HEAD as GET, with the same headers and without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def send_no_body(message: Message) -> None:
            if message["type"] != "http.response.body":
                await send(message)
                return
            await send({"type": "http.response.body", "body": b""})
            raise _HeadSent

        as_get = {**scope, "method": "GET"}
        try:
            with suppress(_HeadSent):
                await self._app(as_get, receive, send_no_body)
        finally:
            if "route" in as_get:
                scope["route"] = as_get["route"]
