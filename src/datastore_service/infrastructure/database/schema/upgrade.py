"""Migrates the database's schema with Alembic, which is imported only where it is needed."""

import logging
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from datastore_service.application.errors import StoreUnavailable
from datastore_service.config.resources import migrations_dir
from datastore_service.infrastructure.database.engine.error_translation import translate_database_errors
from datastore_service.infrastructure.database.schema.indexes.building import maintain
from datastore_service.infrastructure.database.schema.revision import SchemaError, refusals_explained, revision_of

MIGRATION_LOCK: Final = 0xDA7A_5704
"""The advisory lock that one migrating process holds at a time; the number is arbitrary."""


_LOCK_NOT_AVAILABLE: Final = "55P03"

_log = logging.getLogger(__name__)


def alembic_config(connection: Connection) -> Config:
    """Returns Alembic's configuration for this connection; Alembic finds it in `attributes`."""
    config = Config()
    config.set_main_option("script_location", str(migrations_dir()).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


async def upgrade(engine: AsyncEngine, lock_timeout: float = 5.0, *, builds_indexes: bool = True) -> str:
    """Runs the outstanding migrations in one transaction; other processes that try the same wait.

    Full-text indexes that the migrations have made stale are then rebuilt concurrently, while other processes read and
    write.

    Args:
        engine: The database, best without a limit on the duration of statements.
        lock_timeout: How many seconds a statement may wait for a table in use; later users of the table wait behind it.
        builds_indexes: Whether to rebuild the indexes here; else the caller does it.

    Returns:
        The new revision of the schema.

    Raises:
        StoreUnavailable: The database cannot be reached, or a table was in use too long; nothing was changed.
        SchemaError: The database refuses the user or a migration, or has the schema of a newer Datastore.
    """
    with _misfits_explained(), refusals_explained(), translate_database_errors(), _locks_explained(lock_timeout):
        async with engine.begin() as connection:
            lock = {"lock": MIGRATION_LOCK}
            if not await connection.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), lock):
                _log.info("Another process brings the schema up to date; waiting for it")
                await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), lock)
            await connection.execute(text(f"SET LOCAL lock_timeout = {int(lock_timeout * 1000)}"))
            await connection.run_sync(lambda sync: command.upgrade(alembic_config(sync), "head"))
            revision = await connection.scalar(text("SELECT version_num FROM alembic_version")) or ""
        if builds_indexes:
            await maintain(engine)
        return revision


async def require(engine: AsyncEngine) -> str:
    """Changes nothing, and returns the revision of the schema: that of this version, or a later one.

    A later one is accepted because the previous version can ignore what migrations add (adr/0016).

    Raises:
        StoreUnavailable: The database cannot be reached.
        SchemaError: The database refuses the user, or the schema is missing or older.
    """
    revision = await revision_of(engine)
    with _misfits_explained(), translate_database_errors():
        async with engine.connect() as connection:
            script = await connection.run_sync(lambda sync: ScriptDirectory.from_config(alembic_config(sync)))
    older = {known.revision for known in script.walk_revisions()} - {script.get_current_head()}
    if revision is None or revision in older:
        state = f"at revision {revision}" if revision else "not there yet"
        raise SchemaError(f"The schema is {state}; run `datastore migrate` first")
    return revision


@contextmanager
def _locks_explained(seconds: float) -> Generator[None]:
    try:
        yield
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != _LOCK_NOT_AVAILABLE:
            raise
        raise StoreUnavailable(
            f"A migration waited {seconds:g} seconds for a table that another session uses, and was rolled back; "
            "pg_stat_activity shows the transaction that has been open for long."
        ) from error


@contextmanager
def _misfits_explained() -> Generator[None]:
    try:
        yield
    except CommandError as error:
        raise SchemaError(f"The schema of the database is not one of this version: {error}") from error
