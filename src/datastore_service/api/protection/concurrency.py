"""How many requests are worked on at the same time."""

from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from datastore_service.api.idling import when_idle
from datastore_service.api.problems import Problem

_RETRY_AFTER: Final = "1"
_ALWAYS: Final = ("/health/", "/metrics")


class Concurrency:
    """Refuses a request while as many as may be are under way, rather than let all of them grow slow.

    A request whose answer turns out to be a stream, or to be waited for, no longer counts. Health and metrics are
    always told.
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

        def count_no_longer() -> None:
            nonlocal counts
            if counts:
                counts = False
                self._under_way -= 1

        async def send_and_see(message: Message) -> None:
            if message.get("more_body"):
                count_no_longer()
            await send(message)

        when_idle(scope, count_no_longer)

        self._under_way += 1
        try:
            await self._app(scope, receive, send_and_see)
        finally:
            count_no_longer()
