"""The database that is backed up or restored, and what it holds."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.pool import NullPool

from datastore_service.application.errors import StoreUnavailable
from datastore_service.config.database_settings import DatabaseSettings
from datastore_service.infrastructure.backup.programs import BackupError
from datastore_service.infrastructure.database.engine.connecting import connector
from datastore_service.infrastructure.database.engine.error_translation import translate_database_errors
from datastore_service.infrastructure.database.engine.sql_engines import create_engine
from datastore_service.infrastructure.embedded import EmbeddedPostgresError, embedded_postgres

# The migrations fill these tables; they are not data.
_TABLES: Final = text(
    "SELECT quote_ident(relname) FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace "
    "AND relname NOT IN ('alembic_version', 'change_log', 'cursor_key') ORDER BY relname"
)
_OTHERS: Final = text(
    "SELECT count(*) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid() "
    "AND application_name ~ '^datastore( |$)'"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseState:
    """The contents of a database.

    Attributes:
        server_version: The major version of its PostgreSQL.
        filled: The tables that contain rows.
        served: The number of connections from Datastore processes.
    """

    server_version: int
    filled: tuple[str, ...]
    served: int


@asynccontextmanager
async def database_at_hand(settings: DatabaseSettings, *, empty: bool) -> AsyncGenerator[str]:
    """Yields the URL of the database that the settings name.

    Args:
        settings: Names the database.
        empty: Whether to create an embedded database if there is none.

    Raises:
        BackupError: There is no database.
    """
    if settings.url is not None:
        yield settings.url.get_secret_value()
        return
    if not empty and not (settings.data_dir / "postgres").exists():
        raise BackupError(f"There is no database in {settings.data_dir}; DATASTORE_DATA_DIR names another folder.")
    try:
        async with embedded_postgres(settings.data_dir, join=True) as url:
            yield url
    except EmbeddedPostgresError as error:
        raise BackupError(str(error)) from error


@asynccontextmanager
async def connected(url: str, settings: DatabaseSettings) -> AsyncGenerator[AsyncConnection]:
    """Yields a connection of its own; its changes are committed unless an error ends the context.

    Raises:
        BackupError: The database cannot be reached, or refuses the connection.
    """
    engine = create_engine(connector(url, settings, {"application_name": "datastore-backup"}), poolclass=NullPool)
    try:
        with translate_database_errors():
            async with engine.begin() as connection:
                yield connection
    except StoreUnavailable as error:
        raise BackupError(error.detail) from error
    except DBAPIError as error:
        raise BackupError(f"The database refuses: {str(error.orig).rpartition('>: ')[2]}.") from error


async def look_into(url: str, settings: DatabaseSettings) -> DatabaseState:
    """Finds out what the database contains.

    Raises:
        BackupError: The database cannot be reached.
    """
    async with connected(url, settings) as connection:
        version = int(await connection.scalar(text("SHOW server_version_num")) or 0)
        tables = list(await connection.scalars(_TABLES))
        filled = [
            table
            for table in tables
            if await connection.scalar(text(f"SELECT EXISTS (SELECT FROM public.{table})"))  # noqa: S608 - quoted
        ]
        served = await connection.scalar(_OTHERS)
    return DatabaseState(server_version=version // 10_000, filled=tuple(filled), served=served or 0)
