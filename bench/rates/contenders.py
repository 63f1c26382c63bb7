"""Who is measured: a process that serves a database of its own, and what it is asked."""

import asyncio
import os
import signal
import socket
import subprocess
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from typing import Final, NamedTuple

import asyncpg
import httpx2

from bench.rates.load import Load
from bench.rates.processes import parent

SIZE: Final = 10_000
_LINKS: Final = 10
_PATIENCE: Final = 60.0


class Case(NamedTuple):
    """What is asked, and through which door."""

    name: str
    door: str = "REST"


CASES: Final = (
    Case("create"),
    Case("create", "GraphQL"),
    Case("replace"),
    Case("batch of 100"),
    Case("get by id"),
    Case("get by id", "GraphQL"),
    Case("list of 100"),
    Case("list of 100", "GraphQL"),
    Case("filtered list"),
    Case("filtered list", "GraphQL"),
    Case("nested links", "GraphQL"),
)
"""A filtered list has the first 20 records of a city, by an index, but for Kinto, which has none; nested links are ten
records that one leads to."""


@dataclass(frozen=True, slots=True)
class Contender:
    """One that is measured.

    Attributes:
        name: What it is called.
        pid: Its process; None if what it uses up is PostgreSQL's alone.
        loads: What it can be asked.
    """

    name: str
    pid: int | None
    loads: Mapping[Case, Load]


@dataclass(frozen=True, slots=True)
class Server:
    """The PostgreSQL that all share.

    Attributes:
        url: Any of its databases.
        folder: Where files of the run may be.
    """

    url: str
    folder: Path

    async def process(self) -> int:
        """Returns the process that all others of PostgreSQL belong to."""
        connection = await asyncpg.connect(self.url)
        backend: int = await connection.fetchval("SELECT pg_backend_pid()")
        postmaster = parent(backend)
        await connection.close()
        return postmaster

    async def create(self, name: str, tables: str = "") -> str:
        """Makes a database with these tables, and returns its URL."""
        admin = await asyncpg.connect(self.url)
        await admin.execute(f"CREATE DATABASE {name}")
        await admin.close()
        path, _, query = self.url.partition("?")
        url = f"{path.rpartition('/')[0]}/{name}?{query}"
        if tables:
            owner = await asyncpg.connect(url)
            await owner.execute(tables)
            await owner.close()
        return url


async def link(url: str) -> None:
    """Links each record of ours to the ten after it."""
    connection = await asyncpg.connect(url)
    await connection.execute(
        "WITH numbered AS (SELECT id, row_number() OVER (ORDER BY id) AS number FROM records) "
        "INSERT INTO links (id, source_id, relation, target_id, created_at) "
        "SELECT uuidv7(), source.id, 'knows', target.id, now() FROM numbered AS source "
        "JOIN numbered AS target ON target.number - source.number BETWEEN 1 AND $1",
        _LINKS,
    )
    await connection.execute("VACUUM (ANALYZE)")
    await connection.close()


async def copy(source: str, target: str, tables: Mapping[str, tuple[str, Sequence[str]]]) -> None:
    """Fills tables of one database with what queries find in the other.

    Args:
        source: The URL of ours.
        target: That of the other.
        tables: By their names the queries, and the columns to which the results belong.
    """
    ours, theirs = await asyncpg.connect(source), await asyncpg.connect(target)
    for table, (query, columns) in tables.items():
        rows = BytesIO()
        await ours.copy_from_query(query, output=rows)
        rows.seek(0)
        await theirs.copy_to_table(table, source=rows, columns=columns)
    await theirs.execute("VACUUM (ANALYZE)")
    await ours.close()
    await theirs.close()


RECORDS: Final = (
    "SELECT id, collection, version, payload, tags, created_at, updated_at FROM record_view ORDER BY id",
    ("id", "collection", "version", "payload", "tags", "created_at", "updated_at"),
)
LINKS: Final = ("SELECT source_id, relation, target_id FROM links", ("source_id", "relation", "target_id"))


def free_port() -> int:
    """Returns a port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@asynccontextmanager
async def started(command: Sequence[str], environment: Mapping[str, str], port: int) -> AsyncGenerator[int]:
    """Runs a server until the context ends, and yields its process once it answers on the port.

    Raises:
        RuntimeError: It does not.
    """
    process = await asyncio.create_subprocess_exec(
        *command,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        # What it starts itself, as the wheel of Node.js does, is stopped together with it.
        start_new_session=True,
    )
    try:
        await _answers(process, port)
        yield process.pid
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        await process.wait()


async def _answers(process: asyncio.subprocess.Process, port: int) -> None:
    end = asyncio.get_running_loop().time() + _PATIENCE
    async with httpx2.AsyncClient(timeout=_PATIENCE) as client:
        while asyncio.get_running_loop().time() < end and process.returncode is None:
            try:
                answer = await client.get(f"http://127.0.0.1:{port}/")
            except httpx2.TransportError:
                await asyncio.sleep(0.1)
            else:
                if answer.status_code != HTTPStatus.SERVICE_UNAVAILABLE:
                    return
                await asyncio.sleep(0.1)
    raise RuntimeError("It does not start.")
