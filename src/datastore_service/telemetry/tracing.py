"""Traces by OpenTelemetry, sent by OTLP; only imported where they are wanted, for it takes a while (adr/0058)."""

import asyncio
import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from opentelemetry.context import attach, detach
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import (
    Span,
    SpanKind,
    Status,
    StatusCode,
    format_trace_id,
    get_current_span,
    set_span_in_context,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_NAME: Final = "datastore"
_LONGEST_STATEMENT: Final = 2000
_HTTP: Final = 80
_HTTPS: Final = 443
_SECONDS_TO_FLUSH: Final = 5
_W3C: Final = TraceContextTextMapPropagator()


class Tracing:
    """Makes the spans of one application: of a request, of the messages that it sends, of the statements of these.

    Which part of the traces is kept, what the service is called, and how spans are sent on is said by the standard
    OTEL_* variables, which the SDK reads.
    """

    def __init__(self, exporter: SpanExporter) -> None:
        resource = Resource.create({"service.version": version("datastore-service")})
        if str(resource.attributes[SERVICE_NAME]).startswith("unknown_service"):
            resource = resource.merge(Resource({SERVICE_NAME: _NAME}))
        self._provider = TracerProvider(resource=resource, shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("datastore_service")

    @contextmanager
    def request(self, method: str, path: str, scheme: str, headers: Mapping[str, str]) -> Generator["RequestSpan"]:
        """Makes a span of a request, as a part of the trace that its `traceparent` names (W3C Trace Context)."""
        attributes = {"http.request.method": method, "url.path": path, "url.scheme": scheme}
        parent = _W3C.extract(headers)
        with self._tracer.start_as_current_span(
            method, parent, SpanKind.SERVER, attributes, record_exception=False, set_status_on_exception=False
        ) as span:
            yield RequestSpan(span, method)

    def begins(self, kind: str, message: str) -> Callable[[str, float], None]:
        """Makes a span of a message, to which what is done until its end belongs (`SendObserver`)."""
        attributes = {"datastore.message.kind": kind, "datastore.message.type": message}
        span = self._tracer.start_span(message, attributes=attributes)
        token = attach(set_span_in_context(span))

        def end(outcome: str, _seconds: float) -> None:
            span.set_attribute("datastore.message.outcome", outcome)
            if outcome == "failed":
                span.set_status(Status(StatusCode.ERROR))
            detach(token)
            span.end()

        return end

    @contextmanager
    def call(self, method: str, url: str) -> Generator["CallSpan"]:
        """Makes a span of a call of another service; see `application.ports.tracing.CallTracer`."""
        parts = urlsplit(url)
        attributes: dict[str, str | int] = {
            "http.request.method": method,
            "url.full": urlunsplit((parts.scheme, parts.netloc, parts.path, "", "")),
            "server.address": parts.hostname or "",
            "server.port": parts.port or (_HTTPS if parts.scheme == "https" else _HTTP),
        }
        with self._tracer.start_as_current_span(
            method, kind=SpanKind.CLIENT, attributes=attributes, record_exception=False, set_status_on_exception=False
        ) as span:
            yield CallSpan(span)

    def statement(self, sql: str, seconds: float, *, failed: bool) -> None:
        """Makes a span of a statement that has just ended, if it belongs to a message; its parameters are not told."""
        # It may have been the last of its message, which then is over by now.
        if not get_current_span().get_span_context().is_valid:
            return
        operation = sql.lstrip(" (\n").partition(" ")[0].upper()
        end = time.time_ns()
        span = self._tracer.start_span(
            operation,
            kind=SpanKind.CLIENT,
            attributes={
                "db.system.name": "postgresql",
                "db.operation.name": operation,
                "db.query.text": sql[:_LONGEST_STATEMENT],
            },
            start_time=end - int(seconds * 1e9),
        )
        if failed:
            span.set_status(Status(StatusCode.ERROR))
        span.end(end)

    async def close(self) -> None:
        """Sends on what is left, for as long as that may take."""
        await asyncio.to_thread(self._provider.force_flush, _SECONDS_TO_FLUSH * 1000)
        await asyncio.to_thread(self._provider.shutdown)


class RequestSpan:
    """The span of a request while it is answered."""

    def __init__(self, span: Span, method: str) -> None:
        self._span = span
        self._method = method

    @property
    def trace_id(self) -> str:
        """The trace's id, as 32 hexadecimal digits."""
        return format_trace_id(self._span.get_span_context().trace_id)

    def answered(self, status: int, route: str) -> None:
        """Says what was answered, and by which route."""
        self._span.update_name(f"{self._method} {route}")
        self._span.set_attribute("http.route", route)
        self._span.set_attribute("http.response.status_code", status)
        if status >= 500:  # noqa: PLR2004 - the first status of the server's own errors
            self._span.set_status(Status(StatusCode.ERROR))


class CallSpan:
    """The span of a call of another service; see `application.ports.tracing.TracedCall`."""

    def __init__(self, span: Span) -> None:
        self._span = span
        self.headers: dict[str, str] = {}
        _W3C.inject(self.headers)

    def answered(self, status: int) -> None:
        """Says what was answered."""
        self._span.set_attribute("http.response.status_code", status)
        if status >= 400:  # noqa: PLR2004 - the first status of errors
            self.failed(str(status))

    def failed(self, kind: str) -> None:
        """Says why the call has failed."""
        self._span.set_attribute("error.type", kind)
        self._span.set_status(Status(StatusCode.ERROR))
