"""The metrics as a page, from the registry of an application."""

from typing import Final

from datastore_service.telemetry.metrics import Metrics
from docsite.markdown import page, table

_OWN: Final = "datastore_"
_INTRODUCTION: Final = """
`GET /metrics` tells these in Prometheus' text format. Labels have a bounded number of values, for none of them comes
from a client ([why](../adr/0054-metrics-and-logs.md)). Those of the process (`process_...`) and of Python
(`python_gc_...`) are prometheus-client's own.
[How to watch the service](../how-to/monitor.md) has a dashboard and alerts.
"""


def metrics_page() -> str:
    """Returns the page of every metric with its kind, its labels and what it tells."""
    rows = [
        (f"`{metric.exposed}`", metric.kind, ", ".join(f"`{label}`" for label in metric.labels), metric.description)
        for metric in Metrics().described()
        if metric.exposed.startswith(_OWN)
    ]
    return page("# Metrics", _INTRODUCTION, table(["name", "kind", "labels", "meaning"], rows))
