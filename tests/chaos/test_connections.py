"""Connections to the database that are cut or held up, while clients write."""

import httpx2

from tests.chaos.conftest import Blows
from tests.chaos.holdings import check
from tests.chaos.ledger import Ledger, Outcome
from tests.chaos.load import load
from tests.chaos.postgres import Postgres
from tests.chaos.service import Service
from tests.chaos.waiting import growth, until
from tests.chaos.wire import Wire
from tests.patience import PATIENCE


async def test_connections_are_ended_by_postgresql(
    service: Service, postgres: Postgres, ledger: Ledger, blows: Blows
) -> None:
    async with load(service, ledger):
        async for _ in blows:
            async with postgres.connection() as connection:
                ended = await connection.fetch(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = 'datastore' AND pid <> pg_backend_pid()"
                )
            assert ended
            await service.ready()
            await growth(ledger, Outcome.ACKNOWLEDGED, 20, within=PATIENCE)

    await check(service, ledger)


async def test_the_wire_to_postgresql_is_cut(service: Service, wire: Wire, ledger: Ledger, blows: Blows) -> None:
    async with load(service, ledger):
        async for _ in blows:
            for _ in range(3):
                await until(lambda: wire.in_use, within=PATIENCE)
                wire.cut()
            await service.ready()
            await growth(ledger, Outcome.ACKNOWLEDGED, 20, within=PATIENCE)

    await check(service, ledger)


async def test_the_wire_to_postgresql_falls_silent(service: Service, wire: Wire, ledger: Ledger, blows: Blows) -> None:
    """What is sent over the connections that there are is swallowed; new ones work at once."""
    async with httpx2.AsyncClient(base_url=service.base_url, timeout=30) as client, load(service, ledger):
        async for _ in blows:
            await growth(ledger, Outcome.ACKNOWLEDGED, 20, within=PATIENCE)
            wire.swallow()
            # The service waits for an answer for 5 seconds, and may do so for a read and its repetition.
            await growth(ledger, Outcome.ACKNOWLEDGED, 20, within=12)
            answer = await client.get("/records", params={"collection": ledger.collection}, timeout=12)
            assert answer.is_success, answer.text
            await service.ready()

    await check(service, ledger)


async def test_all_connections_wait_for_a_lock(
    service: Service, postgres: Postgres, ledger: Ledger, blows: Blows
) -> None:
    async with httpx2.AsyncClient(base_url=service.base_url) as client, load(service, ledger, writers=30):
        async for _ in blows:
            async with postgres.connection() as connection, connection.transaction():
                await connection.execute("LOCK TABLE records IN ACCESS EXCLUSIVE MODE")
                await growth(ledger, Outcome.REFUSED, 10, within=PATIENCE)
                assert (await client.get("/health/live")).is_success
            await service.ready()
            await growth(ledger, Outcome.ACKNOWLEDGED, 20, within=PATIENCE)

    await check(service, ledger)
