"""A span for each request; this layer exists only if traces are exported (adr/0058)."""

from typing import TYPE_CHECKING

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from datastore_service.api.edge.access_log import route_of
from datastore_service.config import logs

if TYPE_CHECKING:
    from datastore_service.telemetry.tracing import Tracing


class Traces:
    """Starts the trace of a request, or continues the one that its headers name, and puts the trace id into the log."""

    def __init__(self, app: ASGIApp, *, tracing: "Tracing") -> None:
        self._app = app
        self._tracing = tracing

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 0

        async def send_and_see(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        with self._tracing.request(scope["method"], scope["path"], scope["scheme"], headers) as span:
            logs.bind(trace_id=span.trace_id)
            try:
                await self._app(scope, receive, send_and_see)
            finally:
                span.answered(status, route_of(scope))
