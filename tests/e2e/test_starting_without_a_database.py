"""A service that is started before its database."""

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx2

from tests.e2e.conftest import free_port
from tests.patience import PATIENCE


def start(folder: Path, *overrides: str) -> subprocess.Popen[str]:
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DATASTORE_", "DATABASE_"))}
    return subprocess.Popen(
        [sys.executable, "-m", "datastore_service", "serve", *overrides],
        cwd=folder,
        env=inherited,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def answer_of(url: str) -> httpx2.Response:
    for _ in range(10 * PATIENCE):
        try:
            return httpx2.get(url, timeout=PATIENCE)
        except httpx2.ConnectError:
            time.sleep(0.1)
    raise AssertionError(f"{url} does not answer")


def test_waits_for_its_database_and_says_so(folder: Path, database_url: str) -> None:
    place = folder / "socket"
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    process = start(
        folder, f"server.port={port}", f"database.url=postgresql://postgres@/datastore?host={place}&port=5432"
    )
    try:
        live, ready, records = (answer_of(base + path) for path in ("/health/live", "/health/ready", "/records"))

        place.symlink_to(parse_qs(urlsplit(database_url).query)["host"][0])
        for _ in range(10 * PATIENCE):
            if httpx2.get(f"{base}/health/ready").status_code == 200:
                break
            time.sleep(0.1)
        served = httpx2.get(f"{base}/records")
    finally:
        process.terminate()
        output, _ = process.communicate(timeout=PATIENCE)

    assert (live.status_code, ready.status_code, records.status_code) == (200, 503, 503)
    assert (ready.json()["code"], records.json()["code"]) == ("not_ready", "starting")
    assert ready.json()["checks"] == {"service": "The service is starting: The database cannot be reached."}
    assert served.status_code == 200
    waits = re.findall(r"The database cannot be reached\. Trying again in [\d.]+ s, for \d+ s more", output)
    assert waits
    assert "Traceback" not in output


def test_gives_up_after_the_time_that_it_was_given(folder: Path) -> None:
    process = start(
        folder, "server.port=0", "database.url=postgresql://user:s3cret@127.0.0.1:1/db", "database.start_timeout=1"
    )

    output, _ = process.communicate(timeout=PATIENCE)

    assert process.returncode == 1
    assert output.endswith(
        "The database cannot be reached; given up after 1 seconds (postgresql://user:***@127.0.0.1:1/db).\n"
    )
    assert "Traceback" not in output
    assert "s3cret" not in output
