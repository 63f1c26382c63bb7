"""Whether there are traces. OpenTelemetry is imported only if so: it takes a while, and memory (adr/0058)."""

from typing import TYPE_CHECKING

from datastore_service.config.settings import ObservabilitySettings

if TYPE_CHECKING:
    from datastore_service.telemetry.tracing import Tracing


def tracing_of(settings: ObservabilitySettings) -> "Tracing | None":
    """Returns what makes traces and sends them to the endpoint of the settings, None without one."""
    endpoint = settings.otlp_traces_endpoint or (
        settings.otlp_endpoint and f"{settings.otlp_endpoint.rstrip('/')}/v1/traces"
    )
    if not endpoint:
        return None

    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415

    from datastore_service.telemetry.tracing import Tracing  # noqa: PLC0415

    return Tracing(OTLPSpanExporter(endpoint=endpoint))
