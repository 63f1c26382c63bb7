"""Indexes on `records`, built and dropped concurrently, each on a connection that may take as long as it needs."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from sqlalchemy import ColumnElement, Index, MetaData, Text, column, exists, func, literal, select, text
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateIndex
from sqlalchemy.sql import table

from datastore_service.application.questions.fields import PayloadPath
from datastore_service.infrastructure.database.models import PayloadIndexRow, RecordRow
from datastore_service.infrastructure.database.readers.paths import path_key

LOCK_CLASS: Final = 0x0DA7A1DE
"""The class of the advisory locks under which one session at a time builds or drops an index of a name."""

_POLL: Final = 0.2
_PATTERN: Final = "^records_payload_[0-9a-f]{16}_idx$"
_rows = PayloadIndexRow.__table__
_classes = table("pg_class", column("relname", Text), column("relkind"), schema="pg_catalog")


def index_name(path: PayloadPath) -> str:
    """Returns the name of the index on a path: of bounded length, and safe whatever the path holds."""
    return f"records_payload_{hashlib.sha256(str(path).encode()).hexdigest()[:16]}_idx"


async def build(engine: AsyncEngine, path: PayloadPath) -> None:
    """Builds the index on the path, unless it is there; what an earlier attempt has left is cleared away first.

    Raises:
        DBAPIError: It could not be built; nothing of it is left.
    """
    name = index_name(path)
    async with _maintenance(engine) as connection, _alone(connection, name):
        if not await _is_wanted(connection, name):
            return
        is_valid = await connection.scalar(
            text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)"), {"name": name}
        )
        if is_valid:
            return
        if is_valid is not None:
            await _drop(connection, name)
        try:
            await connection.exec_driver_sql(_definition(name, path))
        except Exception:
            await _drop(connection, name)
            raise
        # Only now is it known which keys there are and how often, and so when the index is better than another way.
        await connection.exec_driver_sql("ANALYZE records")


async def sweep(engine: AsyncEngine) -> None:
    """Drops the indexes that no collection wants any more."""
    async with _maintenance(engine) as connection:
        found = select(_classes.c.relname).where(
            _classes.c.relkind == "i", _classes.c.relname.regexp_match(_PATTERN), ~_wanted(_classes.c.relname)
        )
        for name in (await connection.scalars(found)).all():
            async with _alone(connection, name):
                if not await _is_wanted(connection, name):
                    await _drop(connection, name)


def _definition(name: str, path: PayloadPath) -> str:
    # A copy, for the table itself is what the migrations are held against.
    records = RecordRow.__table__.to_metadata(MetaData())
    # In the very words that filters and orders have for the path, or the index would not serve them.
    key = path_key(records.c.payload, path)
    index = Index(name, records.c.collection_id, key, records.c.id, postgresql_concurrently=True)
    return str(CreateIndex(index).compile(dialect=asyncpg.dialect()))


async def _drop(connection: AsyncConnection, name: str) -> None:
    quoted = connection.dialect.identifier_preparer.quote(name)
    await connection.exec_driver_sql(f"DROP INDEX CONCURRENTLY IF EXISTS {quoted}")


async def _is_wanted(connection: AsyncConnection, name: str) -> bool:
    return bool(await connection.scalar(select(_wanted(literal(name, Text)))))


def _wanted(name: ColumnElement[str]) -> ColumnElement[bool]:
    return exists().where(_rows.c.index_name == name)


@asynccontextmanager
async def _maintenance(engine: AsyncEngine) -> AsyncGenerator[AsyncConnection]:
    own = create_async_engine(
        engine.url,
        poolclass=NullPool,
        isolation_level="AUTOCOMMIT",
        connect_args={"server_settings": {"application_name": "datastore index", "statement_timeout": "0"}},
    )
    try:
        async with own.connect() as connection:
            yield connection
    finally:
        await own.dispose()


@asynccontextmanager
async def _alone(connection: AsyncConnection, name: str) -> AsyncGenerator[None]:
    lock = (LOCK_CLASS, func.hashtext(name))
    # Asked for again and again, for who waits inside a statement would be waited for by the building itself.
    while not await connection.scalar(select(func.pg_try_advisory_lock(*lock))):  # noqa: ASYNC110 - of another process
        await asyncio.sleep(_POLL)
    try:
        yield
    finally:
        await connection.scalar(select(func.pg_advisory_unlock(*lock)))
