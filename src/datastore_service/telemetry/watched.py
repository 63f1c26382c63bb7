"""Gauges that are read from their owners at scrape time."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final, Protocol, override

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from datastore_service.telemetry.described import Described, counter, gauge


class PoolUse(Protocol):
    """How a pool of connections is used at the moment; to look takes no time and never fails."""

    @property
    def most(self) -> int:
        """How many connections it may have."""
        ...

    @property
    def open(self) -> int:
        """How many it has."""
        ...

    @property
    def in_use(self) -> int:
        """How many of these are in use."""
        ...

    @property
    def waiting(self) -> int:
        """How many wait for one."""
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
        self._uses: dict[str, PoolUse] = {}

    def watch(self, name: str, use: PoolUse) -> None:
        """Tells from now on of a pool, in the place of the one that had its name before."""
        self._uses[name] = use

    @override
    def collect(self) -> Iterator[Metric]:
        for name, tells, number in _OF_POOLS:
            family = GaugeMetricFamily(name, tells, labels=("pool",))
            for pool, use in self._uses.items():
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
