"""How the pools of connections are used."""

from dataclasses import fields
from functools import partial
from typing import cast

from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import QueuePool

from datastore_service.infrastructure.database.engine.pool import Pool
from datastore_service.infrastructure.database.engine.pools import Engines
from datastore_service.library_internals.sqlalchemy import waiting_in
from datastore_service.telemetry.metrics import Metrics
from datastore_service.telemetry.watched import PoolGauge, PoolUse


def watch_pools(metrics: Metrics, engines: Engines) -> None:
    """Tells of the pools in the metrics."""
    for name in (field.name for field in fields(engines)):
        match getattr(engines, name):
            case Pool() as pool:
                metrics.pools.watch(name, partial(_use, pool))
            case AsyncEngine() as engine:
                metrics.pools.watch(name, _gauge(engine))
            case _:
                pass


def _gauge(engine: AsyncEngine) -> PoolGauge:
    pool = cast("QueuePool", engine.pool)

    def look() -> PoolUse:
        in_use = pool.checkedout()
        return PoolUse(most=pool.size(), open=in_use + pool.checkedin(), in_use=in_use, waiting=waiting_in(pool))

    return look


def _use(pool: Pool) -> PoolUse:
    usage = pool.usage
    return PoolUse(most=usage.most, open=usage.open, in_use=usage.in_use, waiting=usage.waiting)
