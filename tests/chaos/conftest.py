"""Services to be treated badly, and for how long: briefly in the tests of each change, longer by `just chaos`."""

import asyncio
import os
import random
import subprocess
import tempfile
from collections.abc import AsyncGenerator, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.chaos.ledger import Ledger
from tests.chaos.postgres import Postgres, a_postgres
from tests.chaos.service import Service
from tests.chaos.wire import Wire, a_wire

SETTINGS: Final = (
    "database.write_pool_size=3",
    "database.read_pool_size=3",
    "database.pool_timeout=1",
)
"""So few connections and so little patience that a few clients bring the service to its limits."""

DISK_BYTES: Final = 300 << 20

thorough = pytest.mark.skipif("CHAOS_ROUNDS" not in os.environ, reason="is a part of `just chaos` alone")
"""For what takes too long to be done at each change."""


@dataclass(frozen=True, slots=True)
class Blows:
    """How often something is done to the service, and how long it is left alone before.

    Attributes:
        rounds: How often.
        seconds: About how long.
    """

    rounds: int
    seconds: float

    async def __aiter__(self) -> AsyncGenerator[int]:
        for number in range(self.rounds):
            await asyncio.sleep(self.seconds * random.uniform(0.5, 1.5))  # noqa: S311 - no secret
            yield number


@pytest.fixture(scope="session")
def blows() -> Blows:
    """What CHAOS_ROUNDS and CHAOS_SECONDS say."""
    return Blows(int(os.environ.get("CHAOS_ROUNDS", "1")), float(os.environ.get("CHAOS_SECONDS", "0.5")))


@pytest.fixture
def folder() -> Generator[Path]:
    with tempfile.TemporaryDirectory(prefix="datastore-chaos-") as name:
        yield Path(name)


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture(scope="session")
def disk() -> Generator[Path | None]:
    """A small disk in memory, where this user may mount one."""
    with tempfile.TemporaryDirectory(prefix="datastore-disk-") as name:
        if run("mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES},mode=755", "tmpfs", name) != 0:
            yield None
            return
        try:
            yield Path(name)
        finally:
            run("umount", "--lazy", name)


@pytest.fixture(scope="session")
async def running_postgres(disk: Path | None) -> AsyncGenerator[Postgres]:
    async with a_postgres(disk) as postgres:
        yield postgres


@pytest.fixture
async def postgres(running_postgres: Postgres) -> Postgres:
    """A PostgreSQL that the scenarios share, each with a collection of its own."""
    await running_postgres.start()
    return running_postgres


@pytest.fixture(scope="session")
async def wire(running_postgres: Postgres) -> AsyncGenerator[Wire]:
    """What the service reaches that PostgreSQL by."""
    async with a_wire(running_postgres.socket) as wire:
        yield wire


@pytest.fixture(scope="session")
async def running_service(wire: Wire) -> AsyncGenerator[Service]:
    with tempfile.TemporaryDirectory(prefix="datastore-chaos-") as folder:
        service = Service(Path(folder), wire.url, SETTINGS)
        yield service
        await service.stop()


@pytest.fixture
async def service(postgres: Postgres, running_service: Service) -> Service:
    """A service on that PostgreSQL, which goes from scenario to scenario as long as it lives."""
    assert postgres
    await running_service.begin()
    return running_service


def run(*command: str) -> int:
    """Runs a program without its output, and returns its exit status, 127 where it is not there."""
    try:
        return subprocess.run(command, check=False, capture_output=True).returncode
    except FileNotFoundError:
        return 127
