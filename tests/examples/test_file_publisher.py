"""docs/examples/file_publisher.py, as uvicorn runs it."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from tests.docs.pages import DOCS
from tests.e2e.conftest import free_port

SECONDS_TO_START = 60


@contextmanager
def serving(module: str, **environment: str) -> Generator[httpx2.Client]:
    """Serves an example and gives a client of it."""
    port = str(free_port())
    words = [sys.executable, "-m", "uvicorn", "--app-dir", str(DOCS / "examples"), f"{module}:app", "--port", port]
    with (
        subprocess.Popen(words, env=os.environ | environment) as process,
        httpx2.Client(base_url=f"http://localhost:{port}", timeout=30) as client,
    ):
        try:
            for _ in range(SECONDS_TO_START * 10):
                try:
                    if client.get("/health/ready").is_success:
                        break
                except httpx2.TransportError:
                    assert process.poll() is None
                time.sleep(0.1)
            yield client
        finally:
            process.terminate()


@pytest.fixture
def events_file(tmp_path: Path) -> Path:
    return tmp_path / "events.ndjson"


@pytest.fixture
def client(database_url: str, events_file: Path) -> Generator[httpx2.Client]:
    with serving("file_publisher", DATABASE_URL=database_url, EVENTS_FILE=str(events_file)) as client:
        yield client


def test_each_committed_change_has_a_line_and_no_other_has(client: httpx2.Client, events_file: Path) -> None:
    address = client.post("/records", json={"payload": {"a": "\n"}, "tags": ["t"]}).headers["location"]
    client.put(address, json={"payload": 2})
    refused = [client.put(address, json={"payload": 3}, headers={"If-Match": '"1"'}), client.post("/records", json={})]
    operations = [{"op": "delete", "id": address.rpartition("/")[2]}, {"op": "create", "payload": 4}]
    client.post("/batch", json={"operations": operations}).raise_for_status()
    client.post("/import", content=b'{"payload": 5}\n', headers={"Content-Type": "application/x-ndjson"})

    events = [json.loads(line) for line in events_file.read_text("utf-8").splitlines()]

    assert [answer.is_client_error for answer in refused] == [True, True]
    assert [(event["operation"], event["version"], event["payload"], event["tags"]) for event in events] == [
        ("create", 1, {"a": "\n"}, ["t"]),
        ("replace", 2, 2, []),
        ("delete", 3, 2, []),
        ("create", 1, 4, []),
        ("create", 1, 5, []),
    ]
    assert len({event["record_id"] for event in events}) == 3


def test_a_change_stands_that_could_not_be_told(client: httpx2.Client, events_file: Path) -> None:
    events_file.mkdir()

    created = client.post("/records", json={"payload": 1})

    assert created.status_code == 201
    assert client.get(created.headers["location"]).json()["payload"] == 1
