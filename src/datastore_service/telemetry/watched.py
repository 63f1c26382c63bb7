"""Gauges that are read from their owners at scrape time."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Protocol, override

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from datastore_service.telemetry.described import Described, counter, gauge


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolUse:
    """How a pool of connections is used at the moment.

    Attributes:
        most: How many connections it may have.
        open: How many it has.
        in_use: How many of these are in use.
        waiting: How many wait for one.
    """

    most: int
    open: int
    in_use: int
    waiting: int


class PoolGauge(Protocol):
    """Looks at a pool."""

    def __call__(self) -> PoolUse:
        """Returns how it is used now; this takes no time and never fails."""
        ...


_OF_POOLS: Final[Iterable[tuple[str, str, Callable[[PoolUse], int]]]] = (
    ("datastore_pool_max", "Connections that a pool may have.", lambda use: use.most),
    ("datastore_pool_open", "Connections that a pool has.", lambda use: use.open),
    ("datastore_pool_in_use", "Connections of a pool that are in use.", lambda use: use.in_use),
    ("datastore_pool_waiting", "Those who wait for a connection of a pool.", lambda use: use.waiting),
)


class Pools(Collector):
    """The pools of connections."""

    def __init__(self) -> None:
        self._gauges: dict[str, PoolGauge] = {}

    def watch(self, name: str, gauge: PoolGauge) -> None:
        """Tells from now on of a pool, in the place of the one that had its name before."""
        self._gauges[name] = gauge

    @override
    def collect(self) -> Iterator[Metric]:
        uses = {name: gauge() for name, gauge in self._gauges.items()}
        for name, tells, number in _OF_POOLS:
            family = GaugeMetricFamily(name, tells, labels=("pool",))
            for pool, use in uses.items():
                family.add_metric((pool,), number(use))
            yield family

    def described(self) -> Iterator[Described]:
        """Describes what is told of each pool."""
        for name, tells, _ in _OF_POOLS:
            yield gauge(name, tells, ("pool",))


_OF_DOCUMENTS: Final = (
    "datastore_graphql_documents",
    "GraphQL documents answered: `compiled` into one message, or `interpreted` field by field.",
)


class Documents(Collector):
    """How GraphQL documents were answered; who answers them counts."""

    def __init__(self) -> None:
        self._tally: Callable[[], Mapping[str, int]] = dict

    def watch(self, tally: Callable[[], Mapping[str, int]]) -> None:
        """Tells from now on what the tally says: how many documents were answered in which way."""
        self._tally = tally

    @override
    def collect(self) -> Iterator[Metric]:
        family = CounterMetricFamily(*_OF_DOCUMENTS, labels=("way",))
        for way, number in self._tally().items():
            family.add_metric((way,), number)
        yield family

    def described(self) -> Iterator[Described]:
        """Describes what is told of documents."""
        yield counter(*_OF_DOCUMENTS, ("way",))
