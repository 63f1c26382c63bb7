"""Metrics as the text that Prometheus reads."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final, override

from prometheus_client.core import Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

_END_OF_OPENMETRICS: Final = "# EOF\n"


def content_type(accept: str) -> str:
    """Returns the media type of the text for a client that accepts these."""
    return choose_encoder(accept)[1]


def exposition(metrics: Collector, labels: Mapping[str, str], accept: str) -> str:
    """Writes all metrics in the format that `content_type` names, each series with these labels beside its own."""
    encode, _ = choose_encoder(accept)
    return encode(_Labelled(metrics, labels) if labels else metrics).decode()


def merged(expositions: Iterable[str]) -> str:
    """Makes one of the texts of several processes: each metric with all its series in one place, as the format asks."""
    series: dict[str, list[str]] = {}
    end = ""
    for each in expositions:
        if each.endswith(_END_OF_OPENMETRICS):
            end = _END_OF_OPENMETRICS
        for metric in each.removesuffix(_END_OF_OPENMETRICS).split("# HELP ")[1:]:
            head, kind, *lines = metric.splitlines(keepends=True)
            series.setdefault(f"# HELP {head}{kind}", []).extend(lines)
    return "".join("".join((head, *lines)) for head, lines in series.items()) + end


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
