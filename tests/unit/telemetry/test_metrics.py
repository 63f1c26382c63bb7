"""What the catalogue of metrics tells."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import cast

import pytest
from prometheus_client import parser as classic
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from datastore_service.telemetry.exposition import content_type, merged
from datastore_service.telemetry.metrics import Metrics


@dataclass(frozen=True, kw_only=True)
class Use:
    """How a pool is used."""

    most: int
    open: int
    in_use: int
    waiting: int


def samples(metrics: Metrics) -> dict[str, float]:
    return {
        f"{sample.name}{''.join(f' {value}' for value in sample.labels.values())}": sample.value
        for family in text_string_to_metric_families(metrics.exposition())
        for sample in family.samples
    }


def test_two_applications_in_one_process_do_not_mix() -> None:
    one, other = Metrics(), Metrics()

    one.request_answered("GET", "/records", 200, 0.1)

    assert samples(one)["datastore_http_requests_total GET /records 200"] == 1
    assert "datastore_http_requests_total GET /records 200" not in samples(other)


def test_tells_how_pools_are_used_when_asked() -> None:
    metrics = Metrics()
    metrics.pools.watch("write", Use(most=10, open=4, in_use=3, waiting=2))

    told = samples(metrics)

    assert [told[f"datastore_pool_{what} write"] for what in ("max", "open", "in_use", "waiting")] == [10, 4, 3, 2]


def test_tells_of_the_consumer_that_is_furthest_behind() -> None:
    metrics = Metrics()

    metrics.consumers_seen([(3, 0.5), (1, 60)])
    assert [samples(metrics)[f"datastore_feed_{what}"] for what in ("consumers", "lag_changes", "lag_seconds")] == [
        2, 3, 60,
    ]  # fmt: skip

    metrics.consumers_seen([])
    assert samples(metrics)["datastore_feed_lag_seconds"] == 0


def test_tells_what_webhooks_have_still_to_be_told() -> None:
    metrics = Metrics()

    metrics.webhooks_seen(2, 3, 60.5, 7)

    told = samples(metrics)
    names = ("webhooks", "webhook_lag_changes", "webhook_lag_seconds", "webhook_dead_letters")
    assert [told[f"datastore_{name}"] for name in names] == [2, 3, 60.5, 7]


def test_tells_which_checks_fail() -> None:
    metrics = Metrics()

    metrics.checked({"database": "It cannot be reached.", "schema": None})

    told = samples(metrics)
    assert (told["datastore_not_ready database"], told["datastore_not_ready schema"]) == (1, 0)


@pytest.mark.parametrize("size", [1, 50, 1000])
def test_counts_what_was_written_together(size: int) -> None:
    metrics = Metrics()

    metrics.group_written(size)

    told = samples(metrics)
    assert (told["datastore_write_group_size_count"], told["datastore_write_group_size_sum"]) == (1, size)


def test_tells_how_long_requests_took_whatever_came_of_them() -> None:
    metrics = Metrics()

    for status, seconds in ((200, 0.001), (200, 0.002), (404, 0.002), (0, 61)):
        metrics.request_answered("GET", "/records", status, seconds)

    told = samples(metrics)
    took = "datastore_http_request_duration_seconds"
    assert [told[f"datastore_http_requests_total GET /records {status}"] for status in (200, 404, 0)] == [2, 1, 1]
    assert [told[f"{took}_bucket {most} GET /records"] for most in ("0.001", "0.0025", "60.0", "+Inf")] == [1, 3, 3, 4]
    assert (told[f"{took}_count GET /records"], told[f"{took}_sum GET /records"]) == (4, pytest.approx(61.005))


def test_counts_what_caches_found() -> None:
    metrics = Metrics()
    looked_up = metrics.cache("prepared_documents")

    for found in (True, True, False):
        looked_up(found)

    told = samples(metrics)
    assert told["datastore_cache_lookups_total prepared_documents hit"] == 2
    assert told["datastore_cache_lookups_total prepared_documents miss"] == 1


def test_describes_every_metric_once_and_with_all_its_series() -> None:
    metrics = Metrics()
    metrics.request_answered("GET", "/records", 200, 0.1)
    metrics.begins("query", "ListRecords")("ok", 0.1)
    metrics.pools.watch("write", Use(most=1, open=0, in_use=0, waiting=0))

    described = metrics.described()

    assert len({each.exposed for each in described}) == len(described)
    series = {name for each in described for name in each.series}
    assert {name.partition(" ")[0] for name in samples(metrics)} <= series


def test_what_several_processes_tell_becomes_one_text() -> None:
    processes = {"1": Metrics(), "2": Metrics()}
    for metrics in processes.values():
        metrics.request_answered("GET", "/records", 200, 0.1)

    text = merged(metrics.exposition(worker=number) for number, metrics in processes.items())

    families = list(text_string_to_metric_families(text))
    assert len({family.name for family in families}) == len(families)
    assert {"1", "2"} == {sample.labels.get("worker") for family in families for sample in family.samples}
    (requests,) = (family for family in families if family.name == "datastore_http_requests")
    assert [sample.value for sample in requests.samples] == [1, 1]


ACCEPTED = {
    "": "text/plain; version=0.0.4; charset=utf-8",
    "*/*": "text/plain; version=0.0.4; charset=utf-8",
    "text/plain;version=1.0.0": "text/plain; version=1.0.0; charset=utf-8; escaping=underscores",
    "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5": (
        "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores"
    ),
}


@pytest.mark.parametrize("accept", ACCEPTED)
def test_metrics_are_written_as_the_client_accepts_them(accept: str) -> None:
    workers = {"1": Metrics(), "2": Metrics()}
    for metrics in workers.values():
        metrics.request_answered("GET", "/records", 200, 0.01)

    text = merged(metrics.exposition(accept, worker=number) for number, metrics in workers.items())

    assert content_type(accept) == ACCEPTED[accept]
    is_open = "openmetrics" in accept
    assert (text.count("# EOF"), text.endswith("# EOF\n")) == (int(is_open), is_open)
    parse = cast(
        "Callable[[str], Iterable[Metric]]",
        (openmetrics if is_open else classic).text_string_to_metric_families,  # pyright: ignore[reportUnknownMemberType]
    )
    found = [
        (sample.labels["worker"], sample.value)
        for family in parse(text)
        for sample in family.samples
        if sample.name == "datastore_http_requests_total"
    ]
    assert found == [("1", 1), ("2", 1)]
