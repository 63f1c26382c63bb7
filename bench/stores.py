"""Stores of any size, filled by COPY and served by a process of their own."""

import json
import random
import re
import signal
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg

COLLECTION: Final = "people"
AGES: Final = 100
_COLLECTION_ID: Final = UUID(int=(0x7 << 76) | (0x8 << 62))
_EPOCH: Final = datetime(2026, 1, 1, tzinfo=UTC)
_WORDS: Final = [f"{start}{end}" for start in ("ka", "lo", "mi", "ru", "se") for end in ("dan", "lin", "mer", "tov")]
_CITIES: Final = ("Amsterdam", "Berlin", "Cairo", "Delhi", "Edinburgh", "Florence", "Geneva", "Helsinki")
_TAGS: Final = ("rare", "common")
_CHUNK: Final = 1 << 20


def record_id(number: int) -> UUID:
    """Returns the id of a record: a UUID of version 7 that grows with its number."""
    return UUID(int=(number << 80) | (0x7 << 76) | (0x8 << 62) | number)


async def fill(address: str, size: int) -> None:
    """Puts so many records into a migrated, empty database, and lets PostgreSQL look at them."""
    connection = await asyncpg.connect(address)
    try:
        await connection.execute(
            "INSERT INTO collections (id, name, version, created_at, updated_at) VALUES ($1, $2, 1, $3, $3)",
            _COLLECTION_ID,
            COLLECTION,
            _EPOCH,
        )
        await connection.execute("INSERT INTO tags (name) SELECT unnest($1::text[])", list(_TAGS))
        await connection.copy_to_table("records", source=_records(size), columns=_COLUMNS)
        await connection.execute(
            "INSERT INTO record_tags (record_id, tag_id) SELECT records.id, tags.id FROM records, tags "
            "WHERE (payload ->> 'number')::int % CASE tags.name WHEN 'rare' THEN $1 ELSE 3 END = 0",
            max(1, size // 20),
        )
        await connection.execute("VACUUM (ANALYZE)")
    finally:
        await connection.close()


_COLUMNS: Final = ("id", "collection_id", "version", "payload", "created_at", "updated_at")


async def _records(size: int) -> AsyncGenerator[bytes]:
    made = random.Random(size)  # noqa: S311 - nothing secret
    chunk: list[str] = []
    held = 0
    for number in range(size):
        payload = {
            "number": number,
            "name": f"Person {number}",
            # Of each age there are as many more as the store is larger; of each group always as many.
            "age": made.randrange(AGES),
            "group": number // 50,
            "city": made.choice(_CITIES),
            "about": " ".join(made.choices(_WORDS, k=12)),
        }
        at = (_EPOCH + timedelta(seconds=number)).isoformat()
        chunk.append(f"{record_id(number)}\t{_COLLECTION_ID}\t1\t{json.dumps(payload)}\t{at}\t{at}\n")
        held += len(chunk[-1])
        if held > _CHUNK:
            yield "".join(chunk).encode()
            chunk, held = [], 0
    yield "".join(chunk).encode()


@contextmanager
def served(folder: Path, database_url: str) -> Generator[str]:
    """Runs `datastore serve` on the database until the context ends, and yields its address."""
    process = subprocess.Popen(
        [sys.executable, "-m", "datastore_service", "serve", "server.port=0", "observability.log_level=warning"],
        cwd=folder,
        env={"DATABASE_URL": database_url, "PATH": "/usr/bin:/bin"},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield _address(process)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)


def _address(process: subprocess.Popen[str]) -> str:
    for line in process.stdout or ():
        if found := re.search(r"ready at http://(\S+)", line):
            return found[1]
    raise RuntimeError("The service does not start.")
