"""How many requests are worked on at the same time."""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from datastore_service.api.problems import Problem

_RETRY_AFTER: Final = "1"
_ALWAYS: Final = ("/health/", "/metrics")


class Concurrency:
    """Refuses a request while as many as may be are under way, rather than let all of them grow slow.

    A request whose answer turns out to be a stream no longer counts, and health and metrics are always told.
    """

    def __init__(self, app: ASGIApp, *, most: int) -> None:
        self._app = app
        self._most = most
        self._under_way = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(_ALWAYS):
            await self._app(scope, receive, send)
            return
        if self._under_way >= self._most:
            detail = f"The service is at work on {self._most} requests, which is as many as it takes at once."
            problem = Problem("overloaded", detail, headers={"Retry-After": _RETRY_AFTER})
            await problem.to_response()(scope, receive, send)
            return

        counts = True

        async def send_and_see(message: Message) -> None:
            nonlocal counts
            if counts and message.get("more_body"):
                counts = False
                self._under_way -= 1
            await send(message)

        self._under_way += 1
        try:
            await self._app(scope, receive, send_and_see)
        finally:
            if counts:
                self._under_way -= 1
