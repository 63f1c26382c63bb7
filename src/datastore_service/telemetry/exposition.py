"""Metrics as the text that Prometheus reads."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, override

from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
"""The media type of the text."""


def exposition(metrics: Collector, labels: Mapping[str, str]) -> str:
    """Writes all metrics, each series with these labels beside its own."""
    return generate_latest(_Labelled(metrics, labels) if labels else metrics).decode()


def merged(expositions: Iterable[str]) -> str:
    """Makes one of the texts of several processes: each metric with all its series in one place, as the format asks."""
    series: dict[str, list[str]] = {}
    for each in expositions:
        for metric in each.split("# HELP ")[1:]:
            head, kind, *lines = metric.splitlines(keepends=True)
            series.setdefault(f"# HELP {head}{kind}", []).extend(lines)
    return "".join("".join((head, *lines)) for head, lines in series.items())


class _Labelled(Collector):
    """Metrics with more labels than they were made with."""

    def __init__(self, metrics: Collector, labels: Mapping[str, str]) -> None:
        self._metrics = metrics
        self._labels = labels

    @override
    def collect(self) -> Iterator[Metric]:
        for metric in self._metrics.collect():
            metric.samples = [sample._replace(labels={**sample.labels, **self._labels}) for sample in metric.samples]
            yield metric
