"""The access log: one line and the metrics of each request (adr/0054)."""

import logging
import re
from collections.abc import Awaitable, MutableMapping
from functools import lru_cache
from time import perf_counter
from typing import Any, Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from datastore_service.api.edge.correlation import identify
from datastore_service.api.edge.methods import is_known
from datastore_service.api.edge.response_headers import completed
from datastore_service.telemetry.metrics import Metrics

_NO_ROUTE: Final = "none"
_CONVERTER: Final = re.compile(r":\w+(?=})")
_log = logging.getLogger("datastore_service.access")


class AccessLog:
    """Gives every request an id, adds the common headers to its response, and counts, times and logs it.

    The route's template stands for the path; the query string and the body are left out.
    """

    def __init__(self, app: ASGIApp, *, metrics: Metrics, access_log: bool) -> None:
        self._app = app
        self._metrics = metrics
        self._access_log = access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "websocket":
                identify(scope)
            await self._app(scope, receive, send)
            return

        start = perf_counter()
        request_id = identify(scope)
        status = size = 0
        streams = told = False

        def tell() -> None:
            nonlocal told
            told = True
            seconds = perf_counter() - start
            method, route = scope["method"], route_of(scope)
            self._metrics.request_answered(method if is_known(method) else "OTHER", route, status, seconds)
            if self._access_log and _log.isEnabledFor(logging.INFO):
                _log.info("%s %s %d", method, scope["path"], status, extra=_line(scope, route, status, size, seconds))

        def send_and_see(message: Message) -> Awaitable[None]:
            nonlocal status, size, streams
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = completed(message.get("headers", ()), request_id)
            else:
                size += len(message.get("body", b""))
                if not streams and message.get("more_body"):
                    streams = True
                    tell()
            return send(message)

        self._metrics.requests_in_flight += 1
        try:
            await self._app(scope, receive, send_and_see)
        finally:
            self._metrics.requests_in_flight -= 1
            if not told:
                tell()


def route_of(scope: MutableMapping[str, Any]) -> str:
    """Returns the template of the matched route, such as `/records/{id}`; there are few, so it is safe as a label."""
    path = getattr(scope.get("route"), "path", None)
    return _template(path) if path else _NO_ROUTE


@lru_cache(maxsize=1024)
def _template(path: str) -> str:
    return _CONVERTER.sub("", path)


def _line(scope: Scope, route: str, status: int, size: int, seconds: float) -> dict[str, object]:
    client = scope.get("client")
    return {
        "method": scope["method"],
        "path": scope["path"],
        "route": route,
        "status": status,
        "bytes": size,
        "duration_ms": round(seconds * 1000, 3),
        "client": client[0] if client else None,
    }
