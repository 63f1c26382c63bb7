"""What a user does with the service in his first minutes, against a real process over real HTTP."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx2

from tests.e2e.conftest import RunningService, serving
from tests.patience import PATIENCE


def test_says_where_everything_is(service: RunningService) -> None:
    for part in ("/docs", "/redoc", "/graphql", ".datastore"):
        assert part in service.welcome


def test_a_client_that_hangs_up_leaves_no_trace(folder: Path) -> None:
    with serving(folder) as service:
        port = int(service.base_url.rpartition(":")[2])
        for _ in range(3):
            with socket.create_connection(("127.0.0.1", port)) as connection:
                connection.sendall(
                    b"POST /records HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                    b'Content-Length: 1000\r\n\r\n{"payload":'
                )
        assert httpx2.get(f"{service.base_url}/health/ready").status_code == 200

        output = service.stop()

    assert "Traceback" not in output
    assert "ERROR" not in output


def test_a_collection_has_its_records_and_its_schema_below_it(service: RunningService) -> None:
    planets = f"{service.base_url}/collections/planets"
    schema = {"type": "object", "required": ["name"]}
    assert httpx2.put(planets, json={"schema": schema}).status_code == 201

    made = httpx2.post(f"{planets}/records", json={"payload": {"name": "Mars"}})
    refused = httpx2.post(f"{planets}/records", json={"payload": {}})
    one = f"{planets}/records/{made.json()['id']}"
    changed = httpx2.patch(
        one,
        json={"payload": {"moons": 2}},
        headers={"Content-Type": "application/merge-patch+json", "If-Match": made.headers["etag"]},
    )
    listed = httpx2.get(f"{planets}/records", params={"filter[payload.moons]": 2})
    elsewhere = httpx2.get(one.replace("planets", "stars"))
    document = httpx2.get(f"{planets}/schema.json")

    assert (made.status_code, refused.json()["code"], elsewhere.status_code) == (201, "schema_violated", 404)
    assert listed.json()["items"] == [changed.json()]
    assert document.json() == {"$id": f"{planets}/schema.json", **schema}
    assert document.headers["content-type"] == "application/schema+json"


def test_headers_without_end_get_an_answer(service: RunningService) -> None:
    port = int(service.base_url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Long: " + b"x" * 200_000)
        answer = connection.makefile("rb").read()

    assert answer.startswith(b"HTTP/1.1 431 ")
    assert b"headers_too_large" in answer


def test_a_check_of_a_schema_knows_the_records_and_the_names_of_the_service(service: RunningService) -> None:
    schema = {"type": "object", "properties": {"name": {"type": "string"}}}
    api = {"type": "Record", "one": "record", "many": "records"}
    made = httpx2.post(f"{service.base_url}/records", json={"collection": "checked", "payload": {"name": 1}}).json()

    report = httpx2.post(f"{service.base_url}/collections/checked/check", json={"schema": schema, "api": api}).json()

    assert report["verdict"] == "refused"
    assert [misfit["id"] for misfit in report["documents"]["samples"]] == [made["id"]]
    assert {(name["pointer"], name["owner"]) for name in report["names"]["taken"]} == {
        ("/api/type", "Datastore"),
        ("/api/one", "Datastore"),
        ("/api/many", "Datastore"),
    }


def test_finds_all_data_again_however_it_ended(folder: Path) -> None:
    kept: dict[str, str] = {}
    for end in (signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        with serving(folder) as service:
            assert_finds(kept, service)
            answer = httpx2.post(f"{service.base_url}/records", json={"payload": {"before": end.name}})
            kept[answer.headers["location"]] = end.name
            service.stop(end)

    with serving(folder) as service:
        assert_finds(kept, service)


def assert_finds(kept: Mapping[str, str], service: RunningService) -> None:
    found = {address: httpx2.get(service.base_url + address).json().get("payload") for address in kept}

    assert found == {address: {"before": end} for address, end in kept.items()}


def test_two_on_one_folder_get_a_clear_message(service: RunningService) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "datastore_service", "serve", "server.port=0"],
        cwd=service.folder,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )

    assert second.returncode == 1
    assert "in use" in second.stderr
    assert "Traceback" not in second.stderr


async def test_answers_503_while_the_database_is_down_and_recovers_by_itself(service: RunningService) -> None:
    async with httpx2.AsyncClient(base_url=service.base_url, timeout=PATIENCE) as client:
        address = (await client.post("/records", json={"payload": 1})).headers["location"]
        pid = int((service.folder / ".datastore/postgres/postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)

        statuses = {(await client.get(address)).status_code for _ in range(20)}
        for _ in range(10 * PATIENCE):
            answer = await client.get(address)
            statuses.add(answer.status_code)
            if answer.status_code == 200 and 503 in statuses:
                break
            await asyncio.sleep(0.1)

        assert statuses == {200, 503}
        assert (await client.post("/records", json={"payload": 2})).status_code == 201
