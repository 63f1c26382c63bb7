"""What imports and exports cost: `uv run python -m bench.transfer [--records N] [--rounds N]`.

Each round imports a file by `datastore import` and by POST /import into an empty store each, copies the same rows by
COPY into the tables of another, and exports them by GET /export and `datastore export`. All run one after the other on
one embedded PostgreSQL. Memory is that of the process that does it, above what it had (or has, for one line) before.
"""

import argparse
import asyncio
import http.client
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median

import asyncpg

from bench.rates.contenders import Server, free_port, started
from bench.rates.processes import cpu_seconds, peak_megabytes
from datastore_service.config.loader import load_settings
from datastore_service.database import migrate
from datastore_service.infrastructure.embedded import embedded_postgres

_COPIED = ("collections", "records", "revisions")
_COPY = "COPY into the same tables"
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What it took.

    Attributes:
        seconds: How long.
        cpu: For how many seconds it and PostgreSQL computed.
        megabytes: The most memory above that before.
    """

    seconds: float
    cpu: float
    megabytes: float


def write_file(file: Path, records: int) -> None:
    """Writes that many records of some 300 bytes."""
    made = random.Random(records)  # noqa: S311 - nothing secret
    words = ("kadan", "lolin", "mimer", "rutov", "sedan", "kalin", "lomer")
    with file.open("w", encoding="utf-8") as lines:
        for number in range(records):
            payload = {"number": number, "age": number % 100, "about": " ".join(made.choices(words, k=30))}
            lines.write(json.dumps({"collection": "people", "payload": payload}) + "\n")


async def command(url: str, *arguments: str) -> Cost:
    """Runs `datastore` to its end; what PostgreSQL computed and what it had before are left out."""
    # A process of its own between the two tells of its child alone.
    program = (
        "import resource, subprocess, sys; status = subprocess.call(sys.argv[1:], stdout=subprocess.DEVNULL, "
        "stderr=subprocess.DEVNULL); used = resource.getrusage(resource.RUSAGE_CHILDREN); "
        "print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024); sys.exit(status)"
    )
    start = time.monotonic()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", program, sys.executable, "-m", "datastore_service", *arguments, f"database.url={url}"),
        stdout=subprocess.PIPE,
    )
    output, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"{arguments[0]} fails.")
    cpu, megabytes = (float(word) for word in output.split())
    return Cost(seconds=time.monotonic() - start, cpu=cpu, megabytes=megabytes)


async def costs_of_command(postgres: int, url: str, nothing: float, *arguments: str) -> Cost:
    """Runs `datastore`; `nothing` is the memory that it has with nothing to do."""
    before = cpu_seconds(postgres)
    cost = await command(url, *arguments)
    return replace(cost, cpu=cost.cpu + cpu_seconds(postgres) - before, megabytes=cost.megabytes - nothing)


@asynccontextmanager
async def served(url: str) -> AsyncGenerator[tuple[int, int]]:
    """Serves a database, and yields the process and the port."""
    port = free_port()
    serve = [sys.executable, "-m", "datastore_service", "serve", f"server.port={port}"]
    async with started([*serve, "observability.log_level=warning"], {"DATABASE_URL": url}, port) as pid:
        await asyncio.to_thread(wait_for, port)
        yield pid, port


def wait_for(port: int) -> None:
    """Returns when the service is ready; its requests wait until it is."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    connection.request("GET", "/records")
    connection.getresponse()
    connection.close()


def pieces_of(file: Path) -> Iterator[bytes]:
    """Yields what is in the file."""
    with file.open("rb") as content:
        while piece := content.read(_PIECE):
            yield piece


def post(port: int, file: Path) -> int:
    """Sends the file to POST /import, and returns how many records that has made."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=3600)
    headers = {"Content-Type": "application/x-ndjson", "Transfer-Encoding": "chunked"}
    connection.request("POST", "/import", pieces_of(file), headers, encode_chunked=True)
    created: int = json.loads(connection.getresponse().read())["created"]
    connection.close()
    return created


def get(port: int) -> int:
    """Reads GET /export, and returns how many lines there were."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=3600)
    connection.request("GET", "/export")
    answer, lines = connection.getresponse(), 0
    while piece := answer.read(_PIECE):
        lines += piece.count(b"\n")
    connection.close()
    return lines


async def requested(postgres: int, pid: int, request: Callable[[], int], expected: int) -> Cost:
    """Has the service do what is requested."""
    before, start = peak_megabytes(pid), time.monotonic()
    cpu = cpu_seconds(pid) + cpu_seconds(postgres)
    if (found := await asyncio.to_thread(request)) != expected:
        raise RuntimeError(f"{found} records instead of {expected}.")
    return Cost(
        seconds=time.monotonic() - start,
        cpu=cpu_seconds(pid) + cpu_seconds(postgres) - cpu,
        megabytes=peak_megabytes(pid) - before,
    )


async def copied(server: Server, postgres: int, source: str, target: str) -> Cost:
    """Copies the rows into the empty tables of another database; what counts is COPY into them."""
    ours, theirs = await asyncpg.connect(source), await asyncpg.connect(target)
    seconds = cpu = 0.0
    for table in _COPIED:
        file = server.folder / table
        await ours.copy_from_table(table, output=file)
        start, computed = time.monotonic(), time.process_time() + cpu_seconds(postgres)
        await theirs.copy_to_table(table, source=file)
        seconds += time.monotonic() - start
        cpu += time.process_time() + cpu_seconds(postgres) - computed
        file.unlink()
    await ours.close()
    await theirs.close()
    return Cost(seconds=seconds, cpu=cpu, megabytes=0)


async def check(url: str, records: int) -> None:
    """Sees to it that each record has its revision, and that the feed has each of them once.

    Raises:
        RuntimeError: It is otherwise.
    """
    connection = await asyncpg.connect(url)
    found = await connection.fetchrow(
        "SELECT (SELECT count(*) FROM records) AS records, count(*) AS revisions, count(DISTINCT record_id) AS told "
        "FROM revisions WHERE xid < pg_snapshot_xmin(pg_current_snapshot())"
    )
    await connection.close()
    if found is None or {found["records"], found["revisions"], found["told"]} != {records}:
        raise RuntimeError(f"The store has {found}.")


async def round_of(server: Server, number: int, file: Path, records: int) -> dict[str, Cost]:
    """Does everything once."""
    urls = [await server.create(f"{name}{number}") for name in ("imported", "posted", "copied")]
    for url in urls:
        await migrate(load_settings([], {"DATABASE_URL": url}))
    imported, sent, target = urls
    line = server.folder / "line.ndjson"
    write_file(line, 1)
    nothing = (await command(target, "import", str(line))).megabytes
    postgres = await server.process()
    connection = await asyncpg.connect(target)
    await connection.execute("TRUNCATE records, revisions, collections, imports CASCADE")
    await connection.close()
    costs: dict[str, Cost] = {}
    costs["datastore import"] = await costs_of_command(postgres, imported, nothing, "import", str(file))
    await check(imported, records)
    costs[_COPY] = await copied(server, postgres, imported, target)
    async with served(sent) as (pid, port):
        costs["POST /import"] = await requested(postgres, pid, lambda: post(port, file), records)
        await check(sent, records)
    async with served(sent) as (pid, port):
        costs["GET /export"] = await requested(postgres, pid, lambda: get(port), records)
    output = str(server.folder / "out.ndjson")
    costs["datastore export"] = await costs_of_command(postgres, imported, nothing, "export", "--output", output)
    for url in urls:
        await drop(server, url)
    return costs


async def drop(server: Server, url: str) -> None:
    """Removes a database."""
    connection = await asyncpg.connect(server.url)
    name = url.partition("?")[0].rpartition("/")[2]
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


async def measured(folder: Path, file: Path, records: int, rounds: int) -> list[dict[str, Cost]]:
    """Does everything so many times."""
    async with embedded_postgres(folder / "data") as address:
        server = Server(address.replace("+asyncpg", ""), folder)
        return [await round_of(server, number, file, records) for number in range(rounds)]


def show(found: list[dict[str, Cost]], records: int) -> None:
    """Prints a table of medians."""
    print("| | records per second | times COPY | µs of CPU a record | times COPY | MB above the empty process |")
    print("|---|---|---|---|---|---|")
    for name in found[0]:
        costs = [each[name] for each in found]
        rate = median(records / cost.seconds for cost in costs)
        ratio = median(each[_COPY].seconds / each[name].seconds for each in found)
        cpu = median(cost.cpu for cost in costs) / records * 1e6
        less = median(each[_COPY].cpu / each[name].cpu for each in found)
        memory = median(cost.megabytes for cost in costs)
        print(f"| {name} | {rate:,.0f} | {ratio:.2f} | {cpu:.0f} | {less:.2f} | {memory:.0f} |")


def main() -> None:
    """Reads the arguments."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="datastore-bench-") as name:
        folder = Path(name)
        # The embedded PostgreSQL may run as another user.
        folder.chmod(0o755)
        file = folder / "people.ndjson"
        write_file(file, given.records)
        print(f"{given.records} records, {file.stat().st_size >> 20} MB of NDJSON; medians of {given.rounds} rounds\n")
        show(asyncio.run(measured(folder, file, given.records, given.rounds)), given.records)


if __name__ == "__main__":
    main()
