"""What is counted with each request and message: plain numbers, of which metrics are made when they are asked for.

There are no locks around them: all of it is counted in the thread of the event loop, where nothing comes in between.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import accumulate
from typing import Final, Self, override

from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from datastore_service.telemetry.described import Described, counter, histogram

_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class _Spread:
    """How many amounts there were up to each bound, and beyond the last one, and what they add up to."""

    __slots__ = ("_bounds", "_numbers", "_total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self._bounds = bounds
        self._numbers = [0] * (len(bounds) + 1)
        self._total = 0.0

    def add(self, amount: float) -> None:
        self._numbers[bisect_left(self._bounds, amount)] += 1
        self._total += amount

    def add_all(self, other: Self) -> None:
        self._numbers = [own + more for own, more in zip(self._numbers, other._numbers, strict=True)]
        self._total += other._total

    @property
    def count(self) -> int:
        return sum(self._numbers)

    def tell(self, family: HistogramMetricFamily, labels: Sequence[str]) -> None:
        bounds = (*(str(float(bound)) for bound in self._bounds), "+Inf")
        family.add_metric(labels, list(zip(bounds, accumulate(self._numbers), strict=True)), self._total)


class Amounts(Collector):
    """A histogram without labels."""

    def __init__(self, name: str, tells: str, bounds: Sequence[float]) -> None:
        self._metric = (name, tells)
        self._spread = _Spread(bounds)

    def add(self, amount: float) -> None:
        """Counts one."""
        self._spread.add(amount)

    @override
    def collect(self) -> Iterator[Metric]:
        family = HistogramMetricFamily(*self._metric, labels=())
        self._spread.tell(family, ())
        yield family

    def described(self) -> Iterator[Described]:
        """Describes the histogram."""
        yield histogram(*self._metric)


class Counts(Collector):
    """A counter, by the values of its labels."""

    def __init__(self, name: str, tells: str, labels: tuple[str, ...]) -> None:
        self._metric = (name, tells)
        self._labels = labels
        self._numbers: dict[tuple[str, ...], int] = {}

    def begin(self, *values: str) -> None:
        """Has this be told of, also if it is never counted."""
        self._numbers.setdefault(values, 0)

    def add(self, *values: str) -> None:
        """Counts one more of what has begun."""
        self._numbers[values] += 1

    @override
    def collect(self) -> Iterator[Metric]:
        family = CounterMetricFamily(*self._metric, labels=self._labels)
        for values, number in self._numbers.items():
            family.add_metric(values, number)
        yield family

    def described(self) -> Iterator[Described]:
        """Describes the counter."""
        yield counter(*self._metric, self._labels)


class Outcomes(Collector):
    """A counter of what came of things, and a histogram of the seconds that they took, whatever came of them."""

    def __init__(self, counted: tuple[str, str], timed: tuple[str, str], labels: tuple[str, ...], outcome: str) -> None:
        """Makes both metrics, of which the counter has the outcome as a label beside the others."""
        self._counted = (*counted, (*labels, outcome))
        self._timed = (*timed, labels)
        self._spreads = defaultdict[tuple[str | int, ...], _Spread](partial(_Spread, _SECONDS))

    def add(self, values: tuple[str | int, ...], seconds: float) -> None:
        """Counts one, by the values of all labels, the outcome as the last of them."""
        self._spreads[values].add(seconds)

    @override
    def collect(self) -> Iterator[Metric]:
        counted = CounterMetricFamily(*self._counted[:2], labels=self._counted[2])
        timed = HistogramMetricFamily(*self._timed[:2], labels=self._timed[2])
        whatever_came = defaultdict[tuple[str, ...], _Spread](partial(_Spread, _SECONDS))
        for values, spread in self._spreads.items():
            labels = tuple(map(str, values))
            counted.add_metric(labels, spread.count)
            whatever_came[labels[:-1]].add_all(spread)
        for labels, spread in whatever_came.items():
            spread.tell(timed, labels)
        yield counted
        yield timed

    def described(self) -> Iterator[Described]:
        """Describes both metrics."""
        yield counter(*self._counted)
        yield histogram(*self._timed)
