"""A disk without room for what clients write."""

from contextlib import suppress
from pathlib import Path

import asyncpg
import pytest

from tests.chaos.conftest import Blows
from tests.chaos.holdings import check
from tests.chaos.ledger import Ledger, Outcome
from tests.chaos.load import load
from tests.chaos.postgres import Postgres
from tests.chaos.service import Service
from tests.chaos.waiting import growth
from tests.patience import PATIENCE

_PIECE = bytes(1 << 20)


async def test_the_disk_is_full(
    disk: Path | None, service: Service, postgres: Postgres, ledger: Ledger, blows: Blows
) -> None:
    if disk is None:
        pytest.skip("needs a user who may mount a small disk in memory")
    ballast = disk / "ballast"
    async with load(service, ledger):
        async for _ in blows:
            _fill(ballast)
            await growth(ledger, Outcome.REFUSED, 10, within=PATIENCE)
            # What is more, the log of PostgreSQL itself finds no room: it gives up, and does not start again.
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                async with postgres.connection() as connection:
                    for _ in range(20):
                        await connection.execute("SELECT pg_logical_emit_message(false, 'chaos', ''), pg_switch_wal()")
            ballast.unlink()
            await postgres.start()
            await service.ready()
            await growth(ledger, Outcome.ACKNOWLEDGED, 20, within=PATIENCE)

    await check(service, ledger)


def _fill(ballast: Path) -> None:
    with suppress(OSError), ballast.open("ab", buffering=0) as file:
        while True:
            file.write(_PIECE)
