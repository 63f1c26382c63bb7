"""The layers between the network and the routes: which requests are accepted, how many, how large and for how long."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from datastore_service.api.edge import methods
from datastore_service.api.edge.access_log import AccessLog
from datastore_service.api.edge.admission import Admission
from datastore_service.api.edge.capacity import Capacity
from datastore_service.api.edge.concurrency import Concurrency
from datastore_service.api.edge.cors import Cors
from datastore_service.api.edge.forwarded import Forwarded
from datastore_service.api.edge.hosts import Hosts
from datastore_service.api.edge.lifecycle_gate import LifecycleGate
from datastore_service.api.edge.origins import Origins
from datastore_service.api.edge.sizes import Sizes
from datastore_service.api.edge.traces import Traces
from datastore_service.api.http.own_paths import Prefixes
from datastore_service.api.http.query_strings import misencoded
from datastore_service.application.lifecycle import Lifecycle
from datastore_service.config.settings import Settings
from datastore_service.telemetry.metrics import Metrics

if TYPE_CHECKING:
    from datastore_service.telemetry.tracing import Tracing

STREAMED: Final = frozenset({"/import"})
"""Paths whose body is processed while it arrives: of any size, and for any time that keeps up a minimum rate."""


def protected(
    app: ASGIApp,
    settings: Settings,
    metrics: Metrics,
    lifecycle: Lifecycle,
    capacity: Capacity,
    tracing: "Tracing | None",
    routes: Callable[[], Sequence[BaseRoute]],
) -> ASGIApp:
    """Wraps the routes in the layers; a request passes through the last one in this list first (adr/0021, adr/0022)."""
    server, limits = settings.server, settings.limits
    app = Admission(
        app,
        checks=(
            methods.check,
            Hosts(server),
            Origins(server.cors_origins),
            Sizes(limits, streamed=STREAMED),
            Prefixes(routes),
            misencoded,
        ),
        concurrency=Concurrency(limits.concurrent_requests, limits.requests_per_client),
        capacity=capacity,
        gate=LifecycleGate(lifecycle),
        seconds=limits.request_seconds,
        streamed=STREAMED,
        bytes_per_second=limits.body_bytes_per_second,
        compresses=server.compress,
    )
    if server.cors_origins:
        app = Cors(app, origins=server.cors_origins, headers=server.cors_headers)
    app = AccessLog(app, metrics=metrics, access_log=settings.observability.access_log)
    return Forwarded(app if tracing is None else Traces(app, tracing=tracing), server)
