"""Metrics of the connection pools."""

from dataclasses import fields
from typing import cast

from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.pool import QueuePool

from datastore_service.infrastructure.database.engine.pool import Pool
from datastore_service.infrastructure.database.engine.pools import Engines
from datastore_service.library_internals.sqlalchemy import waiting_in
from datastore_service.telemetry.metrics import Metrics


def watch_pools(metrics: Metrics, engines: Engines) -> None:
    """Registers the pools in the metrics."""
    for name in (field.name for field in fields(engines)):
        match getattr(engines, name):
            case Pool() as pool:
                metrics.pools.watch(name, pool.connections)
            case AsyncEngine() as engine:
                metrics.pools.watch(name, _EngineUse(engine))
            case _:
                pass


class _EngineUse:
    """The usage of the pool of a SQLAlchemy engine."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._pool = cast("QueuePool", engine.pool)

    @property
    def most(self) -> int:
        return self._pool.size()

    @property
    def open(self) -> int:
        return self._pool.checkedout() + self._pool.checkedin()

    @property
    def in_use(self) -> int:
        return self._pool.checkedout()

    @property
    def waiting(self) -> int:
        return waiting_in(self._pool)
