"""Imports into a service that runs, from beginning to end or not."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx

from tests.e2e.conftest import RunningService, serving

LINES = [json.dumps({"collection": "bulk", "payload": number}) + "\n" for number in range(6000)]
STORED = 4000
"""Of what is sent at first: parts have 2,000 lines."""


def importing(folder: Path, file: str) -> "subprocess.Popen[str]":
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DATASTORE_", "DATABASE_"))}
    return subprocess.Popen(
        [sys.executable, "-m", "datastore_service", "import", file, "--name", "bulk"],
        cwd=folder,
        env=inherited,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )


def exported(service: RunningService) -> list[dict[str, Any]]:
    answer = httpx.get(f"{service.base_url}/export?collection=bulk", timeout=30)
    return [json.loads(line) for line in answer.text.splitlines()]


def changes(service: RunningService) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    since = ""
    while True:
        page = httpx.get(f"{service.base_url}/changes?collection=bulk&limit=1000{since}", timeout=30).json()
        if not page["items"]:
            return found
        found += page["items"]
        since = f"&since={page['next_cursor']}"


def test_an_import_that_is_killed_goes_on_where_it_was(folder: Path) -> None:
    (folder / "bulk.ndjson").write_text("".join(LINES))
    with serving(folder, "observability.log_level=error") as service:
        with importing(folder, "-") as killed:
            assert killed.stdin is not None
            killed.stdin.write("".join(LINES[:5000]))
            killed.stdin.flush()
            deadline = time.monotonic() + 60
            while len(exported(service)) < STORED:
                assert time.monotonic() < deadline
                time.sleep(0.1)
            killed.kill()

        with importing(folder, "bulk.ndjson") as resumed:
            resumed.communicate(timeout=60)

        records, told = exported(service), changes(service)
    assert resumed.returncode == 0
    assert sorted(record["payload"] for record in records) == list(range(6000))
    assert {record["version"] for record in records} == {1}
    assert [change["record_id"] for change in told] == [record["id"] for record in records]
