"""How the pools of connections are used."""

from typing import cast

from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import QueuePool

from datastore_service.infrastructure.database.engine import Engines
from datastore_service.infrastructure.database.pool import Usage
from datastore_service.telemetry.metrics import Metrics, PoolGauge, PoolUse


def watch_pools(metrics: Metrics, engines: Engines) -> None:
    """Tells of the pools in the metrics."""
    metrics.pools.watch("write", _gauge(engines.write))
    metrics.pools.watch("read", lambda: _use(engines.read.usage))
    metrics.pools.watch("feed", _gauge(engines.feed))


def _gauge(engine: AsyncEngine) -> PoolGauge:
    pool = cast("QueuePool", engine.pool)

    def look() -> PoolUse:
        in_use = pool.checkedout()
        return PoolUse(most=pool.size(), open=in_use + pool.checkedin(), in_use=in_use, waiting=_waiting(pool))

    return look


def _use(usage: Usage) -> PoolUse:
    return PoolUse(most=usage.most, open=usage.open, in_use=usage.in_use, waiting=usage.waiting)


def _waiting(pool: QueuePool) -> int:
    """Counts those who wait; SQLAlchemy's queue is a shell around asyncio's, and neither tells."""
    queue = getattr(getattr(pool, "_pool", None), "_queue", None)
    waiters = cast("list[object]", getattr(queue, "_getters", ()))
    return len(waiters)
