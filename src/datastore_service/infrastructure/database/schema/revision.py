"""Which revision of the schema a database is at; what it takes to find out is imported at every start."""

from collections.abc import Generator
from contextlib import contextmanager

import asyncpg
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from datastore_service.config.resources import migrations_dir
from datastore_service.infrastructure.database.engine.error_translation import translate_database_errors


class SchemaError(Exception):
    """The database answers, but cannot be given the schema; the message is one sentence for the user."""


def newest_revision() -> str:
    """Returns the revision of this version, by the names of the migrations."""
    return max(file.name for file in (migrations_dir() / "versions").glob("*.py")).partition("_")[0]


async def revision_of(engine: AsyncEngine) -> str | None:
    """Returns the revision that the database is at, None if it has no schema.

    Raises:
        StoreUnavailable: The database cannot be reached.
        SchemaError: It refuses the user.
    """
    with refusals_explained(), translate_database_errors():
        async with engine.connect() as connection:
            if await connection.scalar(text("SELECT to_regclass('alembic_version')")) is None:
                return None
            return await connection.scalar(text("SELECT version_num FROM alembic_version"))


@contextmanager
def refusals_explained() -> Generator[None]:
    """Turns what the database refuses into a SchemaError."""
    try:
        yield
    except (DBAPIError, asyncpg.PostgresError) as error:
        reason = str(error.orig if isinstance(error, DBAPIError) else error).rpartition(">: ")[2]
        raise SchemaError(f"The database refuses: {reason}") from error
