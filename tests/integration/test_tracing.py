"""Traces reach a collector: the request, its messages and their statements, as one trace."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Generator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import override

import httpx2
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from datastore_service.config.loader import load_settings
from datastore_service.config.logs import JsonFormatter
from datastore_service.config.settings import Settings
from datastore_service.main import create_app

SECRET = "hunter2"  # noqa: S105 - it stands for any payload
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = "b7ad6b7169203331"


class Collector(HTTPServer):
    """What an OpenTelemetry collector is to the service: it takes spans."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Reception)
        self.resources: list[dict[str, str]] = []
        self.spans: list[Span] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Reception(BaseHTTPRequestHandler):
    server: Collector  # type: ignore[assignment]

    def do_POST(self) -> None:
        assert self.path == "/v1/traces"
        sent = ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["Content-Length"])))
        for part in sent.resource_spans:
            self.server.resources.append({each.key: each.value.string_value for each in part.resource.attributes})
            for scope in part.scope_spans:
                self.server.spans += scope.spans
        self.send_response(200)
        self.end_headers()

    @override
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def collector() -> Generator[Collector]:
    with Collector() as collector:
        thread = threading.Thread(target=collector.serve_forever, daemon=True)
        thread.start()
        yield collector
        collector.shutdown()
        thread.join()


@pytest.fixture
def traced(database_url: str, collector: Collector, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("OTEL_RESOURCE_ATTRIBUTES", "deployment.environment.name=trial")
    environment = {"DATASTORE_ENV": "test", "DATABASE_URL": database_url}
    return load_settings([], environment | {"OTEL_EXPORTER_OTLP_ENDPOINT": collector.url})


async def answers_of(settings: Settings) -> list[httpx2.Response]:
    app = create_app(settings)
    async with app.router.lifespan_context(app):
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:8080") as client:
            headers = {"traceparent": f"00-{TRACE}-{PARENT}-01"}
            answers = [
                await client.post("/records", json={"payload": SECRET, "collection": "traced"}, headers=headers),
                await client.get("/records/01890a5d-ac96-774b-bcce-b302099a8057"),
                await client.get(f"/nothing?secret={SECRET}", headers={"Authorization": SECRET}),
            ]
            await asyncio.sleep(0)
    return answers


async def test_a_request_its_messages_and_their_statements_are_one_trace(
    traced: Settings, collector: Collector, engines: object
) -> None:
    assert engines

    created, missing, _ = await answers_of(traced)

    assert (created.status_code, missing.status_code) == (201, 404)
    spans = {span.span_id: span for span in collector.spans}
    own = [span for span in collector.spans if span.trace_id.hex() == TRACE]
    (request,) = (span for span in own if span.kind == Span.SPAN_KIND_SERVER)
    (message,) = (span for span in own if span.name == "CreateRecord")
    statements = [span for span in own if span.kind == Span.SPAN_KIND_CLIENT]
    assert (request.name, request.parent_span_id.hex()) == ("POST /records", PARENT)
    assert message.parent_span_id == request.span_id
    assert {"INSERT", "COMMIT;"} & {span.name for span in statements}
    assert all(span.parent_span_id in spans for span in statements)
    (other,) = (span for span in collector.spans if span.name == "GET /records/{record_id}")
    assert other.trace_id.hex() != TRACE
    its_own = [span for span in collector.spans if span.trace_id == other.trace_id]
    assert "SELECT" in {span.name for span in its_own if span.kind == Span.SPAN_KIND_CLIENT}
    assert {resource["service.name"] for resource in collector.resources} == {"datastore"}
    assert {resource["deployment.environment.name"] for resource in collector.resources} == {"trial"}


async def test_tells_no_payload_query_or_parameter(traced: Settings, collector: Collector, engines: object) -> None:
    assert engines

    await answers_of(traced)

    assert collector.spans
    assert SECRET not in "".join(str(span) for span in collector.spans)


async def test_the_log_names_the_trace(traced: Settings, engines: object, caplog: pytest.LogCaptureFixture) -> None:
    assert engines
    caplog.set_level("INFO")
    seen: list[str] = []
    caplog.handler.addFilter(lambda record: bool(seen.append(JsonFormatter().format(record))) or True)

    await answers_of(traced)

    assert any(f'"trace_id": "{TRACE}"' in line for line in seen)


async def test_a_collector_that_is_away_costs_no_answer(database_url: str, engines: object) -> None:
    assert engines
    settings = load_settings(
        [],
        {"DATASTORE_ENV": "test", "DATABASE_URL": database_url, "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1"},
    )

    created, *_ = await answers_of(settings)

    assert created.status_code == 201


def test_nothing_that_makes_traces_is_imported_where_it_is_off() -> None:
    program = (
        "import sys\nfrom datastore_service.config.loader import load_settings\n"
        "from datastore_service.main import create_app\ncreate_app(load_settings([], {}))\n"
        "heavy = ('opentelemetry.sdk', 'opentelemetry.exporter', 'google.protobuf', 'requests')\n"
        "print([name for name in sys.modules if name.startswith(heavy)])"
    )

    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert shown == "[]\n"
