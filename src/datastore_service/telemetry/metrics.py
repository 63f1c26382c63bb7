"""Every metric of the service, by its name; no label has more values than the code names (adr/0054)."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final, Protocol, override

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    Info,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
"""The media type of the text that Prometheus reads."""

# When each series was made is of no use to Prometheus' text format, and doubles them.
disable_created_metrics()

_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolUse:
    """How a pool of connections is used at the moment.

    Attributes:
        most: How many connections it may have.
        open: How many it has.
        in_use: How many of these somebody works with.
        waiting: How many wait for one.
    """

    most: int
    open: int
    in_use: int
    waiting: int


class Metrics:
    """The metrics of one application; each process has its own, and is scraped by itself."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        Info("datastore_build", "The version that runs.", registry=self.registry).info(
            {"version": version("datastore-service")}
        )
        self.requests_in_flight = Gauge(
            "datastore_http_requests_in_flight", "Requests that are being answered.", registry=self.registry
        )
        self._requests = Counter(
            "datastore_http_requests",
            "Requests answered, by the template of their path.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._request_seconds = Histogram(
            "datastore_http_request_duration_seconds",
            "Seconds until an answer was complete; of a stream, until it began.",
            ("method", "route"),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self._messages = Counter(
            "datastore_messages",
            "Commands and queries carried out: ok, the code of a refusal, or failed.",
            ("kind", "message", "outcome"),
            registry=self.registry,
        )
        self._message_seconds = Histogram(
            "datastore_message_duration_seconds",
            "Seconds that commands and queries took.",
            ("kind", "message"),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.caches = _Caches(self.registry)
        self.pools = _Pools(self.registry)
        self._of_requests: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._of_messages: dict[tuple[str, str, str], tuple[Counter, Histogram]] = {}

    def request_answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Counts a request.

        Args:
            method: A method that is known, or OTHER.
            route: The template of the path, such as `/records/{record_id}`.
            status: What was answered; 0 for nothing at all.
            seconds: How long that took.
        """
        key = (method, route, status)
        kept = self._of_requests.get(key)
        if kept is None:
            kept = (self._requests.labels(*key), self._request_seconds.labels(method, route))
            self._of_requests[key] = kept
        kept[0].inc()
        kept[1].observe(seconds)

    def message_sent(self, kind: str, message: str, outcome: str, seconds: float) -> None:
        """Counts a message; see `application.ports.measurement.SendMeter`."""
        key = (kind, message, outcome)
        kept = self._of_messages.get(key)
        if kept is None:
            kept = (self._messages.labels(*key), self._message_seconds.labels(kind, message))
            self._of_messages[key] = kept
        kept[0].inc()
        kept[1].observe(seconds)

    def exposition(self) -> bytes:
        """Writes all of them in Prometheus' text format."""
        return generate_latest(self.registry)

    def described(self) -> list[Metric]:
        """Returns each metric with its kind and what it tells."""
        return sorted(self.registry.collect(), key=lambda metric: metric.name)


class PoolGauge(Protocol):
    """Looks at a pool."""

    def __call__(self) -> PoolUse:
        """Returns how it is used now; this takes no time and never fails."""
        ...


class _Pools(Collector):
    """The pools, looked at when they are asked about."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._gauges: dict[str, PoolGauge] = {}
        registry.register(self)

    def watch(self, name: str, gauge: PoolGauge) -> None:
        """Tells from now on of a pool, in the place of the one that had its name before."""
        self._gauges[name] = gauge

    @override
    def collect(self) -> Iterator[Metric]:
        uses = {name: gauge() for name, gauge in self._gauges.items()}
        tells: Iterable[tuple[str, str, Callable[[PoolUse], int]]] = (
            ("max", "Connections that a pool may have.", lambda use: use.most),
            ("open", "Connections that a pool has.", lambda use: use.open),
            ("in_use", "Connections of a pool that somebody works with.", lambda use: use.in_use),
            ("waiting", "Those who wait for a connection of a pool.", lambda use: use.waiting),
        )
        for name, description, number in tells:
            family = GaugeMetricFamily(f"datastore_pool_{name}", description, labels=("pool",))
            for pool, use in uses.items():
                family.add_metric((pool,), number(use))
            yield family


class _Caches:
    """How often what was to be made was there already."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._lookups = Counter(
            "datastore_cache_lookups",
            "What was looked up in a cache, hit or miss.",
            ("cache", "result"),
            registry=registry,
        )

    def of(self, cache: str) -> Callable[[bool], None]:
        """Makes what a cache calls with each lookup's success."""
        hit, miss = (self._lookups.labels(cache, result) for result in ("hit", "miss"))
        return lambda found: (hit if found else miss).inc()
