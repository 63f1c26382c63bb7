"""Brings the database's schema up to date."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

import asyncpg
from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from datastore_service.config.resources import migrations_dir
from datastore_service.infrastructure.database.availability import unavailability_reported

MIGRATION_LOCK: Final = 0xDA7A_5704
"""The advisory lock that one migrating process holds at a time; the number has no other meaning."""


class SchemaError(Exception):
    """The database answers, but cannot be given the schema; the message is one sentence for the user."""


def alembic_config(connection: Connection) -> Config:
    """Returns Alembic's configuration for this connection; Alembic finds it in `attributes`."""
    config = Config()
    config.set_main_option("script_location", str(migrations_dir()).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


async def upgrade(engine: AsyncEngine) -> str:
    """Runs the migrations that have not run yet, in one transaction; others who try the same wait meanwhile.

    Returns:
        The revision that the schema is at now.

    Raises:
        StoreUnavailable: The database cannot be reached.
        SchemaError: It refuses the user or what the migrations do, or has a schema of a newer Datastore.
    """
    with _refusals_explained(), unavailability_reported():
        async with engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
            await connection.run_sync(lambda sync: command.upgrade(alembic_config(sync), "head"))
            return await connection.scalar(text("SELECT version_num FROM alembic_version")) or ""


@contextmanager
def _refusals_explained() -> Generator[None]:
    try:
        yield
    except (DBAPIError, asyncpg.PostgresError) as error:
        reason = str(error.orig if isinstance(error, DBAPIError) else error).rpartition(">: ")[2]
        raise SchemaError(f"The database refuses: {reason}") from error
    except CommandError as error:
        raise SchemaError(f"The schema of the database is not one of this version: {error}") from error
