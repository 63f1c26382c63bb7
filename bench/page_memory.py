"""The most memory that lists of large records take: `uv run python -m bench.page_memory [--records N]`.

The store has records of 8 MB. A new process of the service is asked for one list of all of them, and another for four
at the same time, over REST and over GraphQL. Memory is the most that the process has had.
"""

import argparse
import asyncio
import random
import string
import sys
import tempfile
from itertools import product
from pathlib import Path
from typing import Any, Final

import httpx2

from bench.rates.contenders import free_port, started
from bench.rates.processes import peak_megabytes
from datastore_service.config.loader import load_settings
from datastore_service.database import migrate
from datastore_service.infrastructure.embedded import embedded_postgres

_BYTES: Final = 8_000_000
_PATIENCE: Final = 120.0
_QUERY: Final = "query ($first: Int) { records(first: $first) { nodes { id payload } pageInfo { hasNextPage } } }"


async def ask(client: httpx2.AsyncClient, door: str, records: int) -> None:
    """Asks for a list, and expects it to be a part of what there is.

    Raises:
        RuntimeError: It is not.
    """
    if door == "REST":
        answer = await client.get("/records", params={"limit": records})
        found: list[Any] = answer.raise_for_status().json()["items"]
    else:
        answer = await client.post("/graphql", json={"query": _QUERY, "variables": {"first": records}})
        found = answer.raise_for_status().json()["data"]["records"]["nodes"]
    if not 0 < len(found) <= records:
        raise RuntimeError(f"{door}: the list has {len(found)} records.")


async def peak(url: str, records: int, door: str, at_once: int) -> float:
    """Returns the most megabytes that a new process has had for so many lists at the same time."""
    port = free_port()
    serve = [sys.executable, "-m", "datastore_service", "serve", f"server.port={port}"]
    async with (
        started([*serve, "observability.log_level=warning"], {"DATABASE_URL": url}, port) as pid,
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=_PATIENCE) as client,
    ):
        await asyncio.gather(*(ask(client, door, records) for _ in range(at_once)))
        return peak_megabytes(pid)


async def fill(url: str, records: int) -> None:
    """Stores the records."""
    port = free_port()
    serve = [sys.executable, "-m", "datastore_service", "serve", f"server.port={port}"]
    made = random.Random(1)  # noqa: S311 - nothing secret
    async with (
        started(serve, {"DATABASE_URL": url}, port),
        httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=_PATIENCE) as client,
    ):
        text = "".join(made.choices(string.ascii_letters + string.digits, k=_BYTES))
        for number in range(records):
            body = {"collection": "large", "payload": {"number": number, "text": text}}
            (await client.post("/records", json=body)).raise_for_status()


async def measure(folder: Path, records: int) -> None:
    """Prints a table."""
    async with embedded_postgres(folder / "data") as address:
        url = address.replace("+asyncpg", "")
        await migrate(load_settings([f"database.url={url}"]))
        await fill(url, records)
        print("| lists at the same time | the most memory |\n|---|---|")
        for door, at_once in product(("REST", "GraphQL"), (1, 4)):
            print(f"| {at_once} over {door} | {await peak(url, records, door, at_once):.0f} MB |", flush=True)


def main() -> None:
    """Reads the arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=30)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="datastore-bench-") as name:
        folder = Path(name)
        # The embedded PostgreSQL may run as another user.
        folder.chmod(0o755)
        asyncio.run(measure(folder, given.records))


if __name__ == "__main__":
    main()
