"""Brings the database's schema up to date, by Alembic, which only those import who need it."""

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
"""The advisory lock that one migrating process holds at a time; the number has no other meaning."""


_LOCK_NOT_AVAILABLE: Final = "55P03"

_log = logging.getLogger(__name__)


def alembic_config(connection: Connection) -> Config:
    """Returns Alembic's configuration for this connection; Alembic finds it in `attributes`."""
    config = Config()
    config.set_main_option("script_location", str(migrations_dir()).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


async def upgrade(engine: AsyncEngine, lock_timeout: float = 5.0, *, builds_indexes: bool = True) -> str:
    """Runs the migrations that have not run yet, in one transaction; others who try the same wait meanwhile.

    Indexes that the migrations have made stale are rebuilt afterwards, concurrently: other processes read and write
    meanwhile.

    Args:
        engine: The database, best without a limit to how long a statement may take.
        lock_timeout: Seconds that a statement may wait for a table that others use; all who use it later wait behind.
        builds_indexes: Whether that is done here; else it is left to the caller.

    Returns:
        The revision that the schema is at now.

    Raises:
        StoreUnavailable: The database cannot be reached, or a table was in use for too long; nothing was changed.
        SchemaError: It refuses the user or what the migrations do, or has a schema of a newer Datastore.
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
    """Changes nothing, and returns the revision that the schema is at: that of this version, or a later one.

    A later one is accepted because migrations only add what the version before can ignore (adr/0016).

    Raises:
        StoreUnavailable: The database cannot be reached.
        SchemaError: It refuses the user, or the schema is not there or older.
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
            "pg_stat_activity shows which transaction is open for long."
        ) from error


@contextmanager
def _misfits_explained() -> Generator[None]:
    try:
        yield
    except CommandError as error:
        raise SchemaError(f"The schema of the database is not one of this version: {error}") from error
