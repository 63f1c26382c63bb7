"""Every metric of the service, by its name; no label has more values than the code names (adr/0054)."""

from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from typing import Final

from prometheus_client import (
    CollectorRegistry,
    Gauge,
    GCCollector,
    Histogram,
    ProcessCollector,
    disable_created_metrics,
)

from datastore_service.telemetry import described, exposition
from datastore_service.telemetry.counted import Lookups, Outcomes
from datastore_service.telemetry.described import Described
from datastore_service.telemetry.watched import Documents, Pools

_SIZES: Final = (1, 2, 5, 10, 20, 50, 100, 200)


class Metrics:
    """The metrics of one application; each process has its own."""

    def __init__(self) -> None:
        # The text format would show the time at which each series began as a gauge of its own.
        disable_created_metrics()
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
        self.requests_in_flight = 0
        self._gauge("datastore_http_requests_in_flight", "Requests that are being answered.").set_function(
            lambda: self.requests_in_flight
        )
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
            "datastore_write_group_size", "Changes that were written by one statement.", _SIZES
        )
        self._requests = self._outcomes(
            ("datastore_http_requests", "Requests answered, by the template of their path."),
            (
                "datastore_http_request_duration_seconds",
                "Seconds until an answer was complete; of a stream, until it began.",
            ),
            ("method", "route"),
            "status",
        )
        self._messages = self._outcomes(
            (
                "datastore_messages",
                "Commands and queries carried out: `ok`, the code of a refusal, or `failed`.",
            ),
            ("datastore_message_duration_seconds", "Seconds that commands and queries took."),
            ("kind", "message"),
            "outcome",
        )
        self._lookups = Lookups()
        self.pools = Pools()
        self.documents = Documents()
        for collector in (self.pools, self.documents, self._lookups):
            self.registry.register(collector)

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
        """Counts a group; see `application.ports.observation.WriteMeter`."""
        self._groups.observe(size)

    def cache(self, name: str) -> Callable[[bool], None]:
        """Makes what a cache calls with whether each lookup was successful."""
        return self._lookups.of(name)

    def request_answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Counts a request.

        Args:
            method: A method that is known, or OTHER.
            route: The template of the path, such as `/records/{record_id}`.
            status: What was answered; 0 for nothing at all.
            seconds: How long that took.
        """
        self._requests.add((method, route, status), seconds)

    def begins(self, kind: str, message: str) -> Callable[[str, float], None]:
        """Counts a message once it has ended; see `application.ports.observation.SendObserver`."""

        def end(outcome: str, seconds: float) -> None:
            self._messages.add((kind, message, outcome), seconds)

        return end

    def exposition(self, accept: str = "", **labels: str) -> str:
        """Writes all of them in a format that a client accepts, each series with these labels beside its own."""
        return exposition.exposition(self.registry, labels, accept)

    def described(self) -> list[Described]:
        """Returns what there is to know of each metric, in the order of their names."""
        own = [*self._described, *self.pools.described(), *self.documents.described(), *self._lookups.described()]
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

    def _gauge(self, name: str, tells: str, labels: tuple[str, ...] = ()) -> Gauge:
        self._described.append(described.gauge(name, tells, labels))
        return Gauge(name, tells, labels, registry=self.registry)

    def _histogram(self, name: str, tells: str, bounds: Sequence[float]) -> Histogram:
        self._described.append(described.histogram(name, tells))
        return Histogram(name, tells, buckets=bounds, registry=self.registry)

    def _outcomes(
        self, counted: tuple[str, str], timed: tuple[str, str], labels: tuple[str, ...], outcome: str
    ) -> Outcomes:
        self._described.append(described.counter(*counted, (*labels, outcome)))
        self._described.append(described.histogram(*timed, labels))
        outcomes = Outcomes(counted, timed, labels, outcome)
        self.registry.register(outcomes)
        return outcomes
