"""The pools: one side writes the tables, the other side can only read the views."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, NewType

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from datastore_service.application.errors import StoreUnavailable
from datastore_service.config.database_settings import DatabaseSettings
from datastore_service.infrastructure.database.engine.clock import DatabaseClock
from datastore_service.infrastructure.database.engine.connecting import connector
from datastore_service.infrastructure.database.engine.error_translation import translate_database_errors
from datastore_service.infrastructure.database.engine.pool import SECONDS_TO_CANCEL, Pool, session_settings
from datastore_service.infrastructure.database.engine.replicated_pool import ReplicatedPool
from datastore_service.infrastructure.database.engine.sql_engines import create_engine

WriteEngine = NewType("WriteEngine", AsyncEngine)
SchemaRevision = NewType("SchemaRevision", str)
ReadPool = NewType("ReadPool", Pool)
CustomPlanPool = NewType("CustomPlanPool", Pool)
ByKeyPool = NewType("ByKeyPool", Pool)
WritePool = NewType("WritePool", Pool)
ListPool = NewType("ListPool", Pool)
FeedEngine = NewType("FeedEngine", AsyncEngine)

type FindRole = Callable[[AsyncEngine], Awaitable[str | None]]
"""Finds the role of read-only sessions in a database; None means the role of their user."""

_FEED_POOL_SIZE: Final = 4
"""One connection listens, the others read the change log."""

_GATHERED_POOL_SIZE: Final = 6
"""A small pool, because many units of work share a statement: some write while others read."""

_KEYED_POOL_SIZE: Final = 4
"""A smaller one, because many reads share a statement."""

_LIST_POOL_SIZE: Final = 4
"""A separate pool of the same size, so that a list never delays a read by key."""

# A generic plan is made once, and stays right however the tables grow.
_BY_KEY: Final = {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off", "enable_hashjoin": "off"}
"""Session parameters for statements that find every row by key, or walk through an index."""

_BY_VALUE: Final = {"plan_cache_mode": "force_custom_plan"}
"""Session parameters for statements whose best plan depends on the values, as few or many rows may have them."""

# The full-text index moves its pending entries into its tree at this size, and one write has to wait for that: with
# 4 MB, PostgreSQL's default, for 20 ms.
_WRITING: Final = _BY_KEY | {"gin_pending_list_limit": "256kB"}
"""Session parameters of optimistic units of work."""

_WITH_LOCKS: Final = {"enable_seqscan": "off"}
"""The session of units of work with locks: a plan that was made while a table was small holds when it has grown."""

_REPLICA_PATIENCE: Final = 30.0
_REPLICA_POLL: Final = 0.1
"""How often, in seconds, a replica is checked that the start of the service waits for."""


@dataclass(frozen=True, slots=True)
class Engines:
    """The pools of one process, and the revision of the schema at its start.

    Attributes:
        write: For units of work with locks.
        read: For the read side.
        planning: For reads that PostgreSQL plans anew for their values.
        keyed: For reads by key, with generic plans.
        lists: For lists that share a statement, with the parameters of `keyed`.
        feed: For followers of the change log.
        gathered: For optimistic units of work.
        clock: The database's clock.
        revision: The revision of the schema.
    """

    write: WriteEngine
    read: ReadPool
    planning: CustomPlanPool
    keyed: ByKeyPool
    lists: ListPool
    feed: FeedEngine
    gathered: WritePool
    clock: DatabaseClock
    revision: str


def most_connections(settings: DatabaseSettings) -> int:
    """Returns the maximum number of connections of one process: those of its pools, and one for migrations."""
    sizes = (
        settings.write_pool_size,
        2 * settings.read_pool_size,
        _KEYED_POOL_SIZE,
        _LIST_POOL_SIZE,
        _GATHERED_POOL_SIZE,
        _FEED_POOL_SIZE,
    )
    return sum(sizes) + 1


def create_migration_engine(url: str, settings: DatabaseSettings) -> AsyncEngine:
    """Makes the engine of migrations: one connection each, without a limit on the duration of statements."""
    return _create_engine(url, settings, 1, {"statement_timeout": "0", "lock_timeout": "0"}, patient=True)


def create_write_engine(url: str, settings: DatabaseSettings) -> WriteEngine:
    """Makes the pool of the write side; nothing is connected yet."""
    return WriteEngine(_create_engine(url, settings, settings.write_pool_size, _WITH_LOCKS))


async def create_read_engines(
    url: str, settings: DatabaseSettings, write: WriteEngine, revision: str, find_role: FindRole
) -> tuple[ReadPool, CustomPlanPool, ByKeyPool, ListPool]:
    """Makes the pools of the read side: read-only, with their own role and on the replica, if there are such.

    Args:
        url: The primary database.
        settings: Name the replica, if there is one, and the sizes.
        write: The pool of the write side.
        revision: The revision of the schema; the start waits until a replica has it.
        find_role: Finds the role.

    Raises:
        StoreUnavailable: The database or the replica cannot be reached, or the replica lags too far behind.
    """
    primary_url = url
    if settings.read_url is None:
        role = await find_role(write)
    else:
        url = settings.read_url.get_secret_value()
        replica = _create_engine(url, settings, 1, {})
        try:
            await _caught_up(replica, revision)
            role = await find_role(replica)
        finally:
            await replica.dispose()
    session = _only_reading(role)

    def pool(size: int, plans: dict[str, str]) -> Pool:
        primary = Pool.of(primary_url, settings, size, session | plans)
        if settings.read_url is None:
            return primary
        return ReplicatedPool.of(url, settings, size, session | plans).fall_back_on(primary)

    read = pool(settings.read_pool_size, {})
    planning = pool(settings.read_pool_size, _BY_VALUE)
    keyed = pool(_KEYED_POOL_SIZE, _BY_KEY)
    lists = pool(_LIST_POOL_SIZE, _BY_KEY)
    return ReadPool(read), CustomPlanPool(planning), ByKeyPool(keyed), ListPool(lists)


def create_write_pool(url: str, settings: DatabaseSettings) -> WritePool:
    """Makes the pool of the units of work without locks (adr/0049); nothing is connected yet."""
    return WritePool(Pool.of(url, settings, _GATHERED_POOL_SIZE, _WRITING | _short(settings)))


def _short(settings: DatabaseSettings) -> dict[str, str]:
    """Returns the limit for statements that all writes wait for; a unit of work that exceeds it is run with locks."""
    # One second is left to write over another connection.
    seconds = max(0.5, settings.silence_timeout - SECONDS_TO_CANCEL - 1)
    return {"statement_timeout": str(int(min(seconds, settings.statement_timeout) * 1000))}


async def create_feed_engine(
    url: str, settings: DatabaseSettings, write: WriteEngine, find_role: FindRole
) -> FeedEngine:
    """Makes the pool of the change feed: like the read side's, but never on a replica (adr/0044).

    Raises:
        StoreUnavailable: The database cannot be reached.
    """
    session = _only_reading(await find_role(write))
    return FeedEngine(_create_engine(url, settings, _FEED_POOL_SIZE, session))


def _only_reading(role: str | None) -> dict[str, str]:
    return {"default_transaction_read_only": "on"} | ({"role": role} if role else {})


async def _caught_up(replica: AsyncEngine, revision: str) -> None:
    with translate_database_errors():
        for _ in range(int(_REPLICA_PATIENCE / _REPLICA_POLL)):
            async with replica.connect() as connection:
                if await connection.scalar(text("SELECT to_regclass('alembic_version')")) and (
                    await connection.scalar(text("SELECT version_num FROM alembic_version")) == revision
                ):
                    return
            await asyncio.sleep(_REPLICA_POLL)
    raise StoreUnavailable(f"The replica has not received revision {revision} of the schema.")


def _create_engine(
    url: str, settings: DatabaseSettings, pool_size: int, session: dict[str, str], *, patient: bool = False
) -> AsyncEngine:
    seconds = None if patient else settings.statement_timeout + SECONDS_TO_CANCEL
    connect = connector(url, settings, session_settings(settings) | session, seconds)
    return create_engine(connect, pool_size=pool_size, max_overflow=0, pool_timeout=settings.pool_timeout)
