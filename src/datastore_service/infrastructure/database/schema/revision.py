"""The revision of a database's schema; this module is imported at every start, so it imports little."""

from collections.abc import Generator
from contextlib import contextmanager

import asyncpg
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from datastore_service.config.resources import migrations_dir
from datastore_service.infrastructure.database.engine.error_translation import translate_database_errors


class SchemaError(Exception):
    """The database answers, but cannot get the schema; the message is one sentence for the user."""


def newest_revision() -> str:
    """Returns the revision of this version, from the names of the migrations."""
    return max(file.name for file in (migrations_dir() / "versions").glob("*.py")).partition("_")[0]


async def revision_of(engine: AsyncEngine) -> str | None:
    """Returns the revision of the database, or None if it has no schema.

    Raises:
        StoreUnavailable: The database cannot be reached.
        SchemaError: The database refuses the user.
    """
    with refusals_explained(), translate_database_errors():
        async with engine.connect() as connection:
            if await connection.scalar(text("SELECT to_regclass('alembic_version')")) is None:
                return None
            return await connection.scalar(text("SELECT version_num FROM alembic_version"))


@contextmanager
def refusals_explained() -> Generator[None]:
    """Turns refusals of the database into a SchemaError."""
    try:
        yield
    except (DBAPIError, asyncpg.PostgresError) as error:
        reason = str(error.orig if isinstance(error, DBAPIError) else error).rpartition(">: ")[2]
        raise SchemaError(f"The database refuses: {reason}") from error
