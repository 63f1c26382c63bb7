"""A service that is told to stop in the middle of something."""

import asyncio
import signal
from uuid import UUID, uuid4

import httpx2

from tests.chaos.conftest import Blows
from tests.chaos.holdings import check
from tests.chaos.ledger import Ledger, Outcome
from tests.chaos.load import batch_of, load
from tests.chaos.postgres import Postgres
from tests.chaos.service import Service
from tests.chaos.waiting import growth
from tests.patience import PATIENCE


async def test_sigterm_comes_in_the_middle_of_a_batch(
    service: Service, postgres: Postgres, ledger: Ledger, blows: Blows
) -> None:
    async with httpx2.AsyncClient(timeout=20) as client, load(service, ledger):
        async for _ in blows:
            held = await _stored(client, service, ledger)
            async with postgres.connection() as connection, connection.transaction():
                await connection.execute("SELECT FROM records WHERE id = $1 FOR UPDATE", held)
                batch = ledger.begin(dict.fromkeys([*(uuid4() for _ in range(200)), held], "all of it"))
                asking = asyncio.create_task(
                    client.post(
                        f"{service.base_url}/batch",
                        json=batch_of(list(batch.payloads), ledger.collection, "all of it"),
                        headers={"X-Request-Id": batch.name},
                    )
                )
                await postgres.somebody_waits_for_a_lock(within=PATIENCE)
                ending = asyncio.create_task(service.terminate())
                await growth(ledger, Outcome.REFUSED, 1, within=PATIENCE)
            answer = await asking
            assert answer.is_success, answer.text
            ledger.end(batch, Outcome.ACKNOWLEDGED)
            assert await ending == 128 + signal.SIGTERM
            await service.start()
            await growth(ledger, Outcome.ACKNOWLEDGED, 20, within=PATIENCE)

    await check(service, ledger)


async def _stored(client: httpx2.AsyncClient, service: Service, ledger: Ledger) -> UUID:
    record = uuid4()
    write = ledger.begin({record: "held"})
    answer = await client.put(
        f"{service.base_url}/records/{record}",
        json={"collection": ledger.collection, "payload": "held"},
        headers={"X-Request-Id": write.name},
    )
    ledger.end(write, Outcome.ACKNOWLEDGED if answer.is_success else Outcome.UNKNOWN)
    return record
