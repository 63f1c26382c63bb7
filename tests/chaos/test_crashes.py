"""Processes that end without a word, while clients write."""

import os
import signal
from pathlib import Path

from tests.chaos.conftest import Blows, thorough
from tests.chaos.holdings import check
from tests.chaos.ledger import Ledger, Outcome
from tests.chaos.load import load
from tests.chaos.postgres import Postgres
from tests.chaos.service import Service
from tests.chaos.waiting import growth, until
from tests.patience import PATIENCE


async def test_the_service_is_killed(service: Service, ledger: Ledger, blows: Blows) -> None:
    async with load(service, ledger):
        async for _ in blows:
            service.kill()
            await service.start()
            await growth(ledger, Outcome.ACKNOWLEDGED, 20, within=PATIENCE)

    await check(service, ledger)


async def test_postgresql_is_killed(service: Service, postgres: Postgres, ledger: Ledger, blows: Blows) -> None:
    async with load(service, ledger):
        async for _ in blows:
            postgres.kill()
            await growth(ledger, Outcome.REFUSED, 5, within=PATIENCE)
            await postgres.start()
            await service.ready()
            await growth(ledger, Outcome.ACKNOWLEDGED, 20, within=PATIENCE)

    await check(service, ledger)


async def test_a_process_of_postgresql_is_killed_and_takes_the_others_along(
    service: Service, postgres: Postgres, ledger: Ledger, blows: Blows
) -> None:
    async with load(service, ledger):
        async for _ in blows:
            async with postgres.connection() as connection:
                victim: int = await connection.fetchval(
                    "SELECT pid FROM pg_stat_activity WHERE datname = 'datastore' AND pid <> pg_backend_pid() LIMIT 1"
                )
            os.kill(victim, signal.SIGKILL)
            await until(
                lambda log=postgres.log: postgres.log.count("ready to accept") > log.count("ready to accept"), PATIENCE
            )
            await service.ready()
            await growth(ledger, Outcome.ACKNOWLEDGED, 20, within=PATIENCE)

    await check(service, ledger)


@thorough
async def test_the_embedded_postgresql_is_killed_and_started_again_by_the_service(
    folder: Path, ledger: Ledger, blows: Blows
) -> None:
    service = Service(folder)
    await service.start()
    try:
        async with load(service, ledger):
            async for _ in blows:
                killed = service.postmaster
                os.kill(killed, signal.SIGKILL)
                await until(lambda killed=killed: service.data.is_ready() and service.postmaster != killed, PATIENCE)
                await service.ready()
                await growth(ledger, Outcome.ACKNOWLEDGED, 20, within=PATIENCE)

        await check(service, ledger)
        assert "starting it again" in service.log
    finally:
        await service.stop()
