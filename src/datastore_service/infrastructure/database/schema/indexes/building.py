"""Builds and drops indexes on `records` concurrently, one after the other, on a connection without time limits."""

import asyncio
import hashlib
import logging
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from time import monotonic
from typing import Final

from sqlalchemy import ColumnElement, Index, MetaData, Text, column, exists, func, select, table, text, update
from sqlalchemy.dialects.postgresql import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateIndex

from datastore_service.application.fields import PayloadPath, read_kept_path
from datastore_service.infrastructure.database.engine.sql_engines import create_engine, for_session
from datastore_service.infrastructure.database.schema.models import PayloadIndexRow, RecordRow
from datastore_service.infrastructure.database.schema.paths import path_key

LOCK_CLASS: Final = 0x0DA7A1DE
"""The class of the advisory locks of index maintenance."""

TABLE_LOCK: Final = 0
"""Under this lock one session at a time builds or drops any index on `records`; other locks are for single indexes."""

WORDS: Final = "datastore_words 2"
"""The comment of indexes whose entries come from the present version of the function of that name."""

_POLL: Final = 0.2
_ATTEMPTS: Final = 5
_FIRST_DELAY: Final = 0.2
_PASSING: Final = ("40P01", "55P03", "40001")
"""Deadlocks, lock timeouts and serialization failures."""

_LONGEST_REASON: Final = 500
_PATTERN: Final = "^records_order_[0-9a-f]{16}_idx$"
_FORMER_PATTERN: Final = "^records_payload_[0-9a-f]{16}_idx$"

_log = logging.getLogger(__name__)
_rows = PayloadIndexRow.__table__
_classes = table("pg_class", column("relname", Text), column("relkind"), schema="pg_catalog")


def index_name(path: PayloadPath) -> str:
    """Returns the name of the index on a path, safe and of bounded length whatever the path contains."""
    return f"records_order_{hashlib.sha256(str(path).encode()).hexdigest()[:16]}_idx"


async def maintain(engine: AsyncEngine) -> None:
    """Builds all missing indexes, rebuilds stale full-text indexes, and drops those that are no longer wanted.

    A failed build is logged, and its row gets the reason; it is repeated only when a client requests the index again.

    Raises:
        DBAPIError: The connection broke; the rest is still to be done.
    """
    async with engine.connect() as connection:
        if not await connection.scalar(_OWED, _NAMES):
            return
    # CREATE INDEX CONCURRENTLY waits for all others on the same table, so two of them would wait for each other.
    async with _maintenance(engine) as connection, _alone(connection, TABLE_LOCK):
        await _rebuild_words(connection)
        while True:
            await _sweep(connection, _PATTERN)
            wanted = (await connection.execute(_NEXT)).one_or_none()
            if wanted is None:
                break
            await _build(connection, wanted.index_name, read_kept_path(wanted.path))
        # Only now, so that a former version keeps its indexes until their successors exist.
        await _sweep(connection, _FORMER_PATTERN)


async def rebuild_words(engine: AsyncEngine, on_wait: Callable[[str], None] = lambda _: None) -> None:
    """Rebuilds the full-text indexes that a migration has made stale; until then searches would miss records.

    Args:
        engine: The database.
        on_wait: Is called with a sentence about the wait, if there is such an index.

    Raises:
        DBAPIError: The connection broke; the rest is still to be done.
    """
    async with engine.connect() as connection:
        if not await connection.scalar(_HAS_STALE_WORDS, _NAMES):
            return
    on_wait("The full-text index is being rebuilt.")
    async with _maintenance(engine) as connection, _alone(connection, TABLE_LOCK):
        await _rebuild_words(connection)


async def _build(connection: AsyncConnection, name: str, path: PayloadPath) -> None:
    async with _alone(connection, func.hashtext(name)):
        try:
            await _patiently(connection, name, _definition(name, path))
            # Only now does PostgreSQL know the distribution of the keys, and so when the index helps.
            await connection.exec_driver_sql("ANALYZE records")
        except DBAPIError as error:
            if error.connection_invalidated:
                raise
            _log.exception("An index could not be built.", extra={"index": name})
            await connection.execute(update(_rows).where(_rows.c.index_name == name).values(failure=_reason(error)))
            await _drop(connection, name)


async def _patiently(connection: AsyncConnection, name: str, definition: str) -> None:
    """Builds an index, and repeats it after a temporary failure; first the remains of an attempt are dropped."""
    for attempt in range(_ATTEMPTS):
        try:
            await _drop(connection, name)
            await connection.exec_driver_sql(definition)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in _PASSING or attempt == _ATTEMPTS - 1:
                raise
            _log.warning("An index is built again: %s", _reason(error), extra={"index": name})
            await asyncio.sleep(_FIRST_DELAY * 2**attempt)
        else:
            return


async def _rebuild_words(connection: AsyncConnection) -> None:
    """Rebuilds the full-text indexes of any language whose words differ from those that the function makes now."""
    for name, is_rest in (await connection.execute(_STALE, _NAMES)).all():
        try:
            if is_rest:
                await connection.exec_driver_sql(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
                continue
            _log.info(
                "The index %s is rebuilt before this process goes on, as searches would miss records until then; "
                "processes that serve already read and write meanwhile",
                name,
            )
            began = monotonic()
            await connection.exec_driver_sql(f"REINDEX INDEX CONCURRENTLY {name}")
            await connection.exec_driver_sql(f"COMMENT ON INDEX {name} IS '{WORDS}'")
            _log.info("The index %s was rebuilt in %.0f seconds", name, monotonic() - began)
        except DBAPIError as error:
            if error.connection_invalidated:
                raise
            _log.exception("An index could not be rebuilt; the next start tries again.", extra={"index": name})


async def _sweep(connection: AsyncConnection, pattern: str) -> None:
    """Drops the indexes with such a name that no collection wants."""
    found = select(_classes.c.relname).where(
        _classes.c.relkind == "i", _classes.c.relname.regexp_match(pattern), ~_wanted(_classes.c.relname)
    )
    for name in (await connection.scalars(found)).all():
        await _drop(connection, name)


def _definition(name: str, path: PayloadPath) -> str:
    # A copy, because migrations are compared with the table itself.
    records = RecordRow.__table__.to_metadata(MetaData())
    # The same expression as in filters and orders on the path; otherwise the index would not serve them.
    key = path_key(records.c.payload, path)
    index = Index(name, records.c.collection_id, key, records.c.id, postgresql_concurrently=True)
    return str(CreateIndex(index).compile(dialect=asyncpg.dialect()))


async def _drop(connection: AsyncConnection, name: str) -> None:
    quoted = connection.dialect.identifier_preparer.quote(name)
    await connection.exec_driver_sql(f"DROP INDEX CONCURRENTLY IF EXISTS {quoted}")


def _wanted(name: ColumnElement[str]) -> ColumnElement[bool]:
    return exists().where(_rows.c.index_name == name)


def _reason(error: DBAPIError) -> str:
    return str(error.orig).rpartition(">: ")[2].replace("\n", " ")[:_LONGEST_REASON]


@asynccontextmanager
async def _maintenance(engine: AsyncEngine) -> AsyncGenerator[AsyncConnection]:
    session = {"application_name": "datastore index", "statement_timeout": "0", "lock_timeout": "0"}
    own = create_engine(for_session(engine, session), poolclass=NullPool, isolation_level="AUTOCOMMIT")
    try:
        async with own.connect() as connection:
            yield connection
    finally:
        await own.dispose()


@asynccontextmanager
async def _alone(connection: AsyncConnection, number: object) -> AsyncGenerator[None]:
    lock = (LOCK_CLASS, number)
    # Polled, because a session that waits inside a statement would block the very build that it waits for.
    while not await connection.scalar(select(func.pg_try_advisory_lock(*lock))):  # noqa: ASYNC110 - of another process
        await asyncio.sleep(_POLL)
    try:
        yield
    finally:
        if not connection.invalidated:
            await connection.scalar(select(func.pg_advisory_unlock(*lock)))


_NAMES: Final = {"words": WORDS}

_OF_OTHER_WORDS: Final = """
  EXISTS (
    SELECT FROM pg_depend
    WHERE classid = 'pg_class'::regclass AND objid = pg_index.indexrelid AND refclassid = 'pg_proc'::regclass
      AND refobjid = to_regprocedure('datastore_words(regconfig,jsonb)')
  ) AND obj_description(pg_index.indexrelid, 'pg_class') IS DISTINCT FROM :words
"""

_UNMADE: Final = """
  payload_indexes.failure IS NULL AND NOT EXISTS (
    SELECT FROM pg_index WHERE indexrelid = to_regclass(payload_indexes.index_name) AND indisvalid
  )
"""

_HAS_STALE_WORDS: Final = text(f"SELECT EXISTS (SELECT FROM pg_index WHERE {_OF_OTHER_WORDS})")  # noqa: S608 - constants

_OWED: Final = text(
    rf"""
    SELECT EXISTS (SELECT FROM pg_index WHERE {_OF_OTHER_WORDS})
      OR EXISTS (SELECT FROM payload_indexes WHERE {_UNMADE})
      OR EXISTS (
        SELECT FROM pg_class
        WHERE relkind = 'i' AND (relname ~ '{_PATTERN}' OR relname ~ '{_FORMER_PATTERN}')
          AND NOT EXISTS (SELECT FROM payload_indexes WHERE index_name = relname)
      )
    """  # noqa: S608 - constants
)

# The remains of an interrupted REINDEX CONCURRENTLY are not the index itself.
_STALE: Final = text(
    rf"""
    SELECT indexrelid::regclass::text, pg_class.relname ~ '_cc(new|old)[0-9]*$' AND NOT indisvalid
    FROM pg_index JOIN pg_class ON pg_class.oid = pg_index.indexrelid
    WHERE {_OF_OTHER_WORDS}
    """  # noqa: S608 - constants
)

_NEXT: Final = text(
    f"SELECT index_name, path FROM payload_indexes WHERE {_UNMADE} ORDER BY created_at LIMIT 1"  # noqa: S608 - constants
)
