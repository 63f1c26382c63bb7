"""The two pools: one writes the tables, the other can do no more than read the views."""

import logging
from dataclasses import dataclass
from typing import NewType

from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from datastore_service.config.settings import DatabaseSettings
from datastore_service.infrastructure.database.availability import unavailability_reported
from datastore_service.infrastructure.database.views import READER_ROLE, collection_view, record_view

WriteEngine = NewType("WriteEngine", AsyncEngine)
ReadEngine = NewType("ReadEngine", AsyncEngine)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Engines:
    """The pools of one process, and the revision of the schema that they found."""

    write: WriteEngine
    read: ReadEngine
    revision: str


def create_write_engine(url: str, settings: DatabaseSettings) -> WriteEngine:
    """Makes the pool of the write side; nothing is connected yet."""
    return WriteEngine(_create_engine(url, settings, settings.write_pool_size, {}))


async def create_read_engine(url: str, settings: DatabaseSettings, write: WriteEngine) -> ReadEngine:
    """Makes the pool of the read side: read-only and, where the database allows it, in a role of its own.

    Raises:
        StoreUnavailable: The database cannot be reached.
    """
    role = {"role": READER_ROLE} if await _may_become_reader(write) else {}
    return ReadEngine(
        _create_engine(url, settings, settings.read_pool_size, {"default_transaction_read_only": "on"} | role)
    )


def _create_engine(url: str, settings: DatabaseSettings, pool_size: int, session: dict[str, str]) -> AsyncEngine:
    return create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=settings.pool_timeout,
        # A connection that died with a restart of the database costs no request.
        pool_pre_ping=True,
        connect_args={
            "timeout": settings.connect_timeout,
            "command_timeout": settings.statement_timeout,
            "server_settings": {
                "application_name": "datastore",
                "timezone": "UTC",
                "jit": "off",
                "statement_timeout": str(int(settings.statement_timeout * 1000)),
            }
            | session,
        },
    )


async def _may_become_reader(write: WriteEngine) -> bool:
    try:
        with unavailability_reported():
            async with write.connect() as connection:
                await connection.execute(text(f"SET LOCAL ROLE {READER_ROLE}"))
                await connection.execute(select(record_view.c.id).limit(0))
                await connection.execute(select(collection_view.c.id).limit(0))
    except DBAPIError as error:
        _log.warning(
            "The read side has no role of its own in this database (%s). It reads in read-only transactions of the "
            "user that DATABASE_URL names. To give it one, let an administrator run: CREATE ROLE %s NOLOGIN; "
            "GRANT SELECT ON record_view, collection_view TO %s; GRANT %s TO <that user>;",
            str(error.orig).rpartition(": ")[2],
            READER_ROLE,
            READER_ROLE,
            READER_ROLE,
        )
        return False
    return True
