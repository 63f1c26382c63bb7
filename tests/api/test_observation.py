"""What those who watch the service are told of its requests."""

import logging

import httpx2
import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families

from datastore_service.application.mediator import Mediator
from datastore_service.config.settings import Settings
from tests.apps import create_app, own_app
from tests.fakes.application import in_memory_mediator

ACCESS = "datastore_service.access"
SECRET = "hunter2"  # noqa: S105 - it stands for any payload or query


@pytest.fixture
def app(settings: Settings, mediator: Mediator) -> FastAPI:
    """An application for each test alone, which has counted nothing yet."""
    return own_app(settings, mediator)


async def samples(client: httpx2.AsyncClient, name: str) -> dict[tuple[str, ...], float]:
    text = (await client.get("/metrics")).text
    return {
        tuple(sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == name
    }


async def test_counts_requests_by_method_route_and_status(client: httpx2.AsyncClient) -> None:
    address = (await client.post("/records", json={"payload": 1})).headers["location"]
    for path in (address, address, "/records/none", "/nothing", f"/nothing/{SECRET}"):
        await client.get(path)
    await client.head(address)
    await client.request("BREW", "/records")

    counted = await samples(client, "datastore_http_requests_total")

    assert counted == {
        ("POST", "/records", "201"): 1,
        ("GET", "/records/{record_id}", "200"): 2,
        ("GET", "/records/{record_id}", "422"): 1,
        ("HEAD", "/records/{record_id}", "200"): 1,
        ("GET", "none", "404"): 2,
        ("OTHER", "none", "501"): 1,
    }
    seconds = await samples(client, "datastore_http_request_duration_seconds_count")
    assert seconds["GET", "/records/{record_id}"] == 3


async def test_metrics_are_text_for_prometheus_and_not_kept(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/metrics")

    assert answer.headers["content-type"].startswith("text/plain; version=")
    assert answer.headers["cache-control"] == "no-store"
    assert (await samples(client, "datastore_http_requests_in_flight")) == {(): 1}


async def test_metrics_tell_how_far_consumers_and_webhooks_are_behind(client: httpx2.AsyncClient) -> None:
    await client.put("/consumers/mails", json={"cursor": "now"})
    await client.put("/webhooks/mails", json={"url": "http://localhost:9/", "collection": "mine"})
    for collection in ("mine", "other"):
        await client.post("/records", json={"payload": 1, "collection": collection})

    told = {
        name: (await samples(client, f"datastore_{name}"))[()]
        for name in ("feed_consumers", "feed_lag_changes", "webhooks", "webhook_lag_changes", "webhook_dead_letters")
    }

    assert [*told.values()] == [1, 2, 1, 1, 0]


async def test_metrics_are_for_those_who_know_the_host(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/metrics", headers={"Host": "elsewhere.example"})).status_code == 421


async def test_metrics_can_be_turned_off(settings: Settings) -> None:
    quiet = settings.observability.model_copy(update={"metrics": False})
    app = create_app(settings.model_copy(update={"observability": quiet}))

    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost") as client:
        assert (await client.get("/metrics")).status_code == 404


async def test_a_request_is_a_line_without_query_and_body(
    client: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, ACCESS)

    await client.post(f"/records?x={SECRET}", json={"payload": SECRET}, headers={"Authorization": SECRET})
    await client.get("/records/01890a5d-ac96-774b-bcce-b302099a8057")

    lines = [vars(record) for record in caplog.records if record.name == ACCESS]
    assert [(line["method"], line["route"], line["status"]) for line in lines] == [
        ("POST", "/records", 201),
        ("GET", "/records/{record_id}", 404),
    ]
    assert lines[1]["message"] == "GET /records/01890a5d-ac96-774b-bcce-b302099a8057 404"
    assert SECRET not in repr(lines)


async def test_access_lines_can_be_turned_off(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    quiet = settings.observability.model_copy(update={"access_log": False})
    app: FastAPI = create_app(settings.model_copy(update={"observability": quiet}))
    app.state.mediator = in_memory_mediator()

    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost") as client:
        await client.get("/records")

    assert [record.name for record in caplog.records if record.name == ACCESS] == []
    assert caplog.records
