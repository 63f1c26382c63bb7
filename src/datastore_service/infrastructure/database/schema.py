"""Brings the database's schema up to date."""

from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncEngine

from datastore_service.config.resources import migrations_dir
from datastore_service.infrastructure.database.availability import unavailability_reported

MIGRATION_LOCK: Final = 0xDA7A_5704
"""The advisory lock that one migrating process holds at a time; the number has no other meaning."""


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
    """
    with unavailability_reported():
        async with engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
            await connection.run_sync(lambda sync: command.upgrade(alembic_config(sync), "head"))
            return await connection.scalar(text("SELECT version_num FROM alembic_version")) or ""
