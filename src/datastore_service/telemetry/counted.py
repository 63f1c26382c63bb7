"""What is counted and timed with each request and message, by prometheus-client's own counters and histograms."""

from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram

_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Outcomes:
    """A counter with the outcome as its last label, and a histogram of seconds over all outcomes."""

    def __init__(
        self,
        registry: CollectorRegistry,
        counted: tuple[str, str],
        timed: tuple[str, str],
        labels: tuple[str, ...],
        outcome: str,
    ) -> None:
        """Registers both metrics, each given by its name and its description."""
        self.counter = Counter(*counted, (*labels, outcome), registry=registry)
        self.histogram = Histogram(*timed, labels, buckets=_SECONDS, registry=registry)
        # Looking a series up by its labels takes longer than counting in it.
        self._series: dict[tuple[str | int, ...], tuple[Counter, Histogram]] = {}

    def add(self, values: tuple[str | int, ...], seconds: float) -> None:
        """Counts one, by the values of all labels, the outcome as the last of them."""
        series = self._series.get(values)
        if series is None:
            series = self._series[values] = self.counter.labels(*values), self.histogram.labels(*values[:-1])
        counter, histogram = series
        counter.inc()
        histogram.observe(seconds)
