"""What stands between the network and the routes: who may ask, how much, for how long, and what each answer says."""

from typing import TYPE_CHECKING, Final

from fastapi import FastAPI

from datastore_service.api.protection import methods
from datastore_service.api.protection.admission import Admission
from datastore_service.api.protection.concurrency import Concurrency
from datastore_service.api.protection.cors import Cors
from datastore_service.api.protection.deadline import Deadline
from datastore_service.api.protection.failures import Failures
from datastore_service.api.protection.gate import Gate
from datastore_service.api.protection.heads import Heads
from datastore_service.api.protection.hosts import Hosts
from datastore_service.api.protection.observation import Observation
from datastore_service.api.protection.origins import Origins
from datastore_service.api.protection.response_headers import ResponseHeaders
from datastore_service.api.protection.sizes import Sizes
from datastore_service.api.protection.traces import Traces
from datastore_service.application.lifecycle import Lifecycle
from datastore_service.config.settings import Settings
from datastore_service.telemetry.metrics import Metrics

if TYPE_CHECKING:
    from datastore_service.telemetry.tracing import Tracing

STREAMED: Final = frozenset({"/import"})
"""Whose bodies are worked on while they arrive: they may be of any size, and take as long as something arrives."""


def install(
    app: FastAPI, settings: Settings, metrics: Metrics, lifecycle: Lifecycle, tracing: "Tracing | None"
) -> None:
    """Puts the layers around the routes; a request passes them from the last line to the first (adr/0021, adr/0022)."""
    server, limits = settings.server, settings.limits
    checks = (methods.check, Hosts(server), Origins(server.cors_origins), Sizes(limits, streamed=STREAMED))
    methods.install(app)
    app.add_middleware(Heads)
    app.add_middleware(Deadline, seconds=limits.request_seconds, streamed=STREAMED)
    app.add_middleware(Gate, lifecycle=lifecycle)
    app.add_middleware(Concurrency, most=limits.concurrent_requests)
    app.add_middleware(Admission, checks=checks)
    app.add_middleware(Failures)
    if server.cors_origins:
        app.add_middleware(Cors, origins=server.cors_origins)
    app.add_middleware(Observation, metrics=metrics, access_log=settings.observability.access_log)
    if tracing is not None:
        app.add_middleware(Traces, tracing=tracing)
    app.add_middleware(ResponseHeaders)
