"""What is counted with each request: added up in place, and made metrics of when these are asked for (adr/0084)."""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Final, override

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from datastore_service.telemetry.described import Described, counter

_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_BOUNDS: Final = (*map(str, _SECONDS), "+Inf")


@dataclass(slots=True)
class _Times:
    """How often something took how long.

    Attributes:
        numbers: How often up to each bound, and longer than the one before; the last is infinite.
        seconds: All times together.
    """

    numbers: list[int] = field(default_factory=lambda: [0] * len(_BOUNDS))
    seconds: float = 0.0

    def add(self, other: "_Times") -> None:
        """Adds the times of another series."""
        self.numbers = [own + its for own, its in zip(self.numbers, other.numbers, strict=True)]
        self.seconds += other.seconds


class Outcomes(Collector):
    """A counter with the outcome as its last label, and a histogram of seconds over all outcomes."""

    def __init__(self, counted: tuple[str, str], timed: tuple[str, str], labels: tuple[str, ...], outcome: str) -> None:
        """Makes both metrics, each given by its name and its description."""
        self._counted = counted
        self._timed = timed
        self._labels = labels
        self._outcome = outcome
        self._series: dict[tuple[str | int, ...], _Times] = {}

    def add(self, values: tuple[str | int, ...], seconds: float) -> None:
        """Counts one, by the values of all labels, the outcome as the last of them."""
        times = self._series.get(values)
        if times is None:
            times = self._series[values] = _Times()
        times.numbers[bisect_left(_SECONDS, seconds)] += 1
        times.seconds += seconds

    @override
    def collect(self) -> Iterator[Metric]:
        counts = CounterMetricFamily(*self._counted, labels=(*self._labels, self._outcome))
        histogram = HistogramMetricFamily(*self._timed, labels=self._labels)
        over_all: dict[tuple[str, ...], _Times] = {}
        for values, times in self._series.items():
            labels = [str(value) for value in values]
            counts.add_metric(labels, sum(times.numbers))
            over_all.setdefault(tuple(labels[:-1]), _Times()).add(times)
        for labels, times in over_all.items():
            buckets = list(zip(_BOUNDS, accumulate(times.numbers), strict=True))
            histogram.add_metric(labels, buckets, times.seconds)
        yield counts
        yield histogram


_OF_LOOKUPS: Final = ("datastore_cache_lookups", "What was looked up in a cache, `hit` or `miss`.")


class Lookups(Collector):
    """What was found in caches, and what was not."""

    def __init__(self) -> None:
        self._results: dict[str, dict[bool, int]] = {}

    def of(self, cache: str) -> Callable[[bool], None]:
        """Returns what a cache calls with whether a lookup was successful."""
        results = self._results.setdefault(cache, {True: 0, False: 0})

        def count(found: bool) -> None:
            results[found] += 1

        return count

    @override
    def collect(self) -> Iterator[Metric]:
        family = CounterMetricFamily(*_OF_LOOKUPS, labels=("cache", "result"))
        for cache, results in self._results.items():
            for found, number in results.items():
                family.add_metric((cache, "hit" if found else "miss"), number)
        yield family

    def described(self) -> Iterator[Described]:
        """Describes what is told of caches."""
        yield counter(*_OF_LOOKUPS, ("cache", "result"))
