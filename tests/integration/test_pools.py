"""What is told of the pools of connections."""

import asyncio
from contextlib import AsyncExitStack

from sqlalchemy import text

from datastore_service.infrastructure.database.engine.pools import Engines
from datastore_service.infrastructure.telemetry.pools import watch_pools
from datastore_service.telemetry.metrics import Metrics
from tests.patience import PATIENCE


def told(metrics: Metrics, what: str) -> str | None:
    series = f'datastore_pool_{what}{{pool="write"}} '
    found = [line.removeprefix(series) for line in metrics.exposition().splitlines() if line.startswith(series)]
    return found[0] if found else None


async def test_those_who_wait_for_a_connection_are_counted(engines: Engines) -> None:
    metrics = Metrics()
    watch_pools(metrics, engines)

    async def wait() -> None:
        async with engines.write.connect() as connection:
            await connection.execute(text("SELECT 1"))

    async with AsyncExitStack() as stack:
        while told(metrics, "in_use") != told(metrics, "max"):
            await stack.enter_async_context(engines.write.connect())
        waiting = [asyncio.create_task(wait()) for _ in range(3)]
        async with asyncio.timeout(PATIENCE):
            while told(metrics, "waiting") != "3.0":  # noqa: ASYNC110 - nothing tells of it
                await asyncio.sleep(0.01)
    await asyncio.gather(*waiting)

    assert told(metrics, "waiting") == "0.0"
