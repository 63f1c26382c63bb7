"""Imports into a service that runs, from beginning to end or not."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.e2e.conftest import RunningService, serving
from tests.patience import PATIENCE

pytestmark = pytest.mark.lengthy

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
    answer = httpx2.get(f"{service.base_url}/export?collection=bulk", timeout=PATIENCE)
    return [json.loads(line) for line in answer.text.splitlines()]


def changes(service: RunningService) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    since = ""
    while True:
        page = httpx2.get(f"{service.base_url}/changes?collection=bulk&limit=1000{since}", timeout=PATIENCE).json()
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
            deadline = time.monotonic() + PATIENCE
            while len(exported(service)) < STORED:
                assert time.monotonic() < deadline
                time.sleep(0.1)
            killed.kill()

        with importing(folder, "bulk.ndjson") as resumed:
            resumed.communicate(timeout=PATIENCE)

        records, told = exported(service), changes(service)
    assert resumed.returncode == 0
    assert sorted(record["payload"] for record in records) == list(range(6000))
    assert {record["version"] for record in records} == {1}
    assert [change["record_id"] for change in told] == [record["id"] for record in records]


def test_a_file_is_imported_once_and_any_other_is_another(folder: Path) -> None:
    file = folder / "bulk.ndjson"
    records = [{"id": f"01890a5d-ac96-774b-bcce-{number:012x}", "payload": {"s": "open"}} for number in range(3000)]

    def write() -> None:
        file.write_text("".join(json.dumps(record) + "\n" for record in records))

    def run(*arguments: str) -> tuple[int, str]:
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("DATA")}
        ended = subprocess.run(
            [sys.executable, "-m", "datastore_service", *arguments],
            cwd=folder,
            env=inherited,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        return ended.returncode, ended.stdout + ended.stderr

    def import_it(*options: str) -> tuple[int, str]:
        return run("import", file.name, "--collection", "bulk", *options)

    write()
    with serving(folder, "observability.log_level=error") as service:
        first, once_more = import_it(), import_it()
        records[1500]["payload"] = {"s": "done"}
        write()
        changed, unchanged = import_it("--on-conflict", "replace"), import_it("--on-conflict", "replace")
        versions = {record["payload"]["s"]: record["version"] for record in exported(service)}
        elsewhere, rejected = import_it("--name", "n"), import_it("--name", "n", "--again")
        packed = run("export", "-o", "all.csv.gz")
        unpacked = run("import", "all.csv.gz", "--on-conflict", "skip")
        no_table = run("export", "-o", "all.xlsx")

    assert (first[0], once_more[0], changed[0], unchanged[0]) == (0, 0, 0, 0), (first, changed, unchanged)
    assert "3,000 created" in first[1]
    assert "Nothing was done" in once_more[1]
    assert "--again" in once_more[1]
    assert "3,000 replaced" in changed[1]
    assert "3,000 replaced" in unchanged[1]
    assert versions == {"open": 3, "done": 3}
    assert (elsewhere[0], rejected[0]) == (1, 1)
    assert "3,000 rejected" in rejected[1]
    assert (packed[0], unpacked[0]) == (0, 0), (packed, unpacked)
    assert "3,000 skipped" in unpacked[1]
    assert no_table[0] == 2
    assert ".csv" in no_table[1]
    assert not (folder / "all.xlsx").exists()
