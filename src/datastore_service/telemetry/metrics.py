"""Every metric of the service, by its name; no label has more values than the code names (adr/0054)."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final, Protocol, override

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Gauge,
    GCCollector,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

CONTENT_TYPE: Final = CONTENT_TYPE_LATEST
"""The media type of the text that Prometheus reads."""

# When each series was made is of no use to Prometheus' text format, and doubles them.
disable_created_metrics()

_SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)

_SIZES: Final = (1, 2, 5, 10, 20, 50, 100, 200)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """What there is to know of a metric.

    Attributes:
        exposed: What it is called in the text.
        kind: Its type, as Prometheus names it.
        labels: By what it is told apart.
        description: What it tells.
        series: The names of its series.
    """

    exposed: str
    kind: str
    labels: tuple[str, ...]
    description: str
    series: tuple[str, ...]


def merged(expositions: Iterable[str]) -> str:
    """Makes one of the texts of several processes: each metric with all its series in one place, as the format asks."""
    series: dict[str, list[str]] = {}
    for exposition in expositions:
        for metric in exposition.split("# HELP ")[1:]:
            head, kind, *lines = metric.splitlines(keepends=True)
            series.setdefault(f"# HELP {head}{kind}", []).extend(lines)
    return "".join("".join((head, *lines)) for head, lines in series.items())


class Metrics:
    """The metrics of one application; each process has its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._described: list[Described] = []
        ProcessCollector(registry=self.registry)
        GCCollector(registry=self.registry)
        self._gauge("datastore_build_info", "The version that runs; always 1.", ("version",)).labels(
            version("datastore-service")
        ).set(1)
        self._not_ready = self._gauge(
            "datastore_not_ready", "1 for each check of GET /health/ready that fails at the moment.", ("check",)
        )
        self.requests_in_flight = self._gauge("datastore_http_requests_in_flight", "Requests that are being answered.")
        self.feed_subscriptions = self._gauge(
            "datastore_feed_subscriptions", "Streams and long polls that follow the changes."
        )
        self._consumers = self._gauge("datastore_feed_consumers", "Consumers of the change log that there are.")
        self._lag_changes = self._gauge(
            "datastore_feed_lag_changes", "Changes that the consumer furthest behind has yet to get, up to 10000."
        )
        self._lag_seconds = self._gauge(
            "datastore_feed_lag_seconds", "Age of the oldest change that a consumer has yet to get."
        )
        self._webhooks = self._gauge("datastore_webhooks", "Webhooks that are enabled.")
        self._webhook_lag_changes = self._gauge(
            "datastore_webhook_lag_changes", "Changes that the webhook furthest behind has yet to get, up to 10000."
        )
        self._webhook_lag_seconds = self._gauge(
            "datastore_webhook_lag_seconds", "Age of the oldest change that a webhook has yet to get."
        )
        self._dead_letters = self._gauge(
            "datastore_webhook_dead_letters", "Messages to webhooks that were given up and not delivered since."
        )
        self._groups = self._histogram(
            "datastore_write_group_size", "Changes that were written by one statement.", buckets=_SIZES
        )
        self._requests = self._counter(
            "datastore_http_requests",
            "Requests answered, by the template of their path.",
            ("method", "route", "status"),
        )
        self._request_seconds = self._histogram(
            "datastore_http_request_duration_seconds",
            "Seconds until an answer was complete; of a stream, until it began.",
            ("method", "route"),
        )
        self._messages = self._counter(
            "datastore_messages",
            "Commands and queries carried out: `ok`, the code of a refusal, or `failed`.",
            ("kind", "message", "outcome"),
        )
        self._message_seconds = self._histogram(
            "datastore_message_duration_seconds", "Seconds that commands and queries took.", ("kind", "message")
        )
        self._lookups = self._counter(
            "datastore_cache_lookups", "What was looked up in a cache, `hit` or `miss`.", ("cache", "result")
        )
        self.pools = _Pools(self.registry)
        self.documents = _Documents(self.registry)
        self._of_requests: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        self._of_messages: dict[tuple[str, str, str], tuple[Counter, Histogram]] = {}

    def checked(self, problems: Mapping[str, str | None]) -> None:
        """Takes note of which checks of the readiness fail."""
        for check, problem in problems.items():
            self._not_ready.labels(check).set(problem is not None)

    def consumers_seen(self, lags: Sequence[tuple[int, float]]) -> None:
        """Takes note of how far each consumer is behind, in changes and in seconds."""
        self._consumers.set(len(lags))
        self._lag_changes.set(max((changes for changes, _ in lags), default=0))
        self._lag_seconds.set(max((seconds for _, seconds in lags), default=0))

    def webhooks_seen(self, webhooks: int, lag_changes: int, lag_seconds: float, dead_letters: int) -> None:
        """Takes note of how many webhooks there are, how far one of them is behind, and of all dead letters."""
        self._webhooks.set(webhooks)
        self._webhook_lag_changes.set(lag_changes)
        self._webhook_lag_seconds.set(lag_seconds)
        self._dead_letters.set(dead_letters)

    def group_written(self, size: int) -> None:
        """Counts a group; see `application.ports.measurement.SendMeter`."""
        self._groups.observe(size)

    def cache(self, name: str) -> Callable[[bool], None]:
        """Makes what a cache calls with whether each lookup was successful."""
        hit, miss = (self._lookups.labels(name, result) for result in ("hit", "miss"))
        return lambda found: (hit if found else miss).inc()

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

    def exposition(self, **labels: str) -> str:
        """Writes all of them in Prometheus' text format, each series with these labels beside its own."""
        return generate_latest(_Labelled(self.registry, labels) if labels else self.registry).decode()

    def described(self) -> list[Described]:
        """Returns what there is to know of each metric, in the order of their names."""
        own = [*self._described, *self.pools.described(), *self.documents.described()]
        named = {each.exposed.removesuffix("_total") for each in own}
        others = [
            Described(
                exposed=metric.name,
                kind=metric.type,
                labels=(),
                description=metric.documentation,
                series=tuple({sample.name for sample in metric.samples}),
            )
            for metric in self.registry.collect()
            if metric.name not in named
        ]
        return sorted([*own, *others], key=lambda each: each.exposed)

    def _gauge(self, name: str, tells: str, labels: Sequence[str] = ()) -> Gauge:
        self._describe(name, "gauge", tells, labels, (name,))
        return Gauge(name, tells, labels, registry=self.registry)

    def _counter(self, name: str, tells: str, labels: Sequence[str]) -> Counter:
        self._describe(f"{name}_total", "counter", tells, labels, (f"{name}_total",))
        return Counter(name, tells, labels, registry=self.registry)

    def _histogram(
        self, name: str, tells: str, labels: Sequence[str] = (), buckets: Sequence[float] = _SECONDS
    ) -> Histogram:
        self._describe(name, "histogram", tells, labels, tuple(f"{name}_{part}" for part in ("bucket", "count", "sum")))
        return Histogram(name, tells, labels, buckets=buckets, registry=self.registry)

    def _describe(self, exposed: str, kind: str, tells: str, labels: Sequence[str], series: tuple[str, ...]) -> None:
        described = Described(exposed=exposed, kind=kind, labels=tuple(labels), description=tells, series=series)
        self._described.append(described)


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


class PoolGauge(Protocol):
    """Looks at a pool."""

    def __call__(self) -> PoolUse:
        """Returns how it is used now; this takes no time and never fails."""
        ...


_OF_POOLS: Final[Iterable[tuple[str, str, Callable[[PoolUse], int]]]] = (
    ("datastore_pool_max", "Connections that a pool may have.", lambda use: use.most),
    ("datastore_pool_open", "Connections that a pool has.", lambda use: use.open),
    ("datastore_pool_in_use", "Connections of a pool that somebody works with.", lambda use: use.in_use),
    ("datastore_pool_waiting", "Those who wait for a connection of a pool.", lambda use: use.waiting),
)


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
        for name, tells, number in _OF_POOLS:
            family = GaugeMetricFamily(name, tells, labels=("pool",))
            for pool, use in uses.items():
                family.add_metric((pool,), number(use))
            yield family

    def described(self) -> Iterator[Described]:
        """Describes what is told of each pool."""
        for name, tells, _ in _OF_POOLS:
            yield Described(exposed=name, kind="gauge", labels=("pool",), description=tells, series=(name,))


_OF_DOCUMENTS: Final = (
    "datastore_graphql_documents",
    "GraphQL documents answered: `compiled` into one statement, or `interpreted` field by field.",
)


class _Documents(Collector):
    """How GraphQL documents were answered; who answers them counts."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._tally: Callable[[], Mapping[str, int]] = dict
        registry.register(self)

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
        name, tells = _OF_DOCUMENTS
        exposed = f"{name}_total"
        yield Described(exposed=exposed, kind="counter", labels=("way",), description=tells, series=(exposed,))
