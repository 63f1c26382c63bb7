"""Runs the checks one after the other, as far as they are possible."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from time import monotonic

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.pool import NullPool

from datastore_service.application.errors import StoreUnavailable
from datastore_service.config.database_settings import DatabaseSettings
from datastore_service.config.settings import Settings
from datastore_service.infrastructure.database.engine.connecting import connector
from datastore_service.infrastructure.database.engine.error_translation import translate_database_errors
from datastore_service.infrastructure.database.engine.sql_engines import create_engine
from datastore_service.infrastructure.doctor import machine, server
from datastore_service.infrastructure.doctor.findings import Finding, problem
from datastore_service.infrastructure.embedded import EmbeddedPostgresError, embedded_postgres


async def examine(settings: Settings) -> AsyncGenerator[Finding]:
    """Yields the findings, and changes nothing; a stopped embedded database is started for the duration."""
    database = settings.database
    yield machine.versions()
    yield machine.disk(database)
    if database.url is None and (absent := machine.data_folder(database.data_dir)):
        yield absent
        return
    async with AsyncExitStack() as stack:
        start = monotonic()
        try:
            address = (
                database.url.get_secret_value()
                if database.url
                else await stack.enter_async_context(embedded_postgres(database.data_dir, join=True))
            )
            connection = await stack.enter_async_context(_connected(address, database))
        except (EmbeddedPostgresError, StoreUnavailable, DBAPIError) as error:
            yield problem("database", _reason(error), "Look at its address, its log, and the network between.")
            return
        place = database.masked_url or f"embedded, in {database.data_dir}"
        yield Finding(name="database", detail=f"answers after {(monotonic() - start) * 1000:.0f} ms ({place})")
        for look in server.LOOKS:
            yield await _seen(look.__name__.replace("_", " "), lambda look=look: look(connection, settings))
            # Each check is independent: an aborted transaction must not affect the next check.
            await connection.rollback()
    if database.read_url is not None:
        yield await _seen("replica", lambda: _replica(database))


async def _seen(name: str, look: Callable[[], Awaitable[Finding]]) -> Finding:
    try:
        with translate_database_errors():
            return await look()
    except (StoreUnavailable, DBAPIError) as error:
        return problem(name, _reason(error), "Correct that first, then run it again.")


async def _replica(settings: DatabaseSettings) -> Finding:
    url = settings.read_url.get_secret_value() if settings.read_url else ""
    async with _connected(url, settings) as connection:
        return await server.replica(connection)


@asynccontextmanager
async def _connected(url: str, settings: DatabaseSettings) -> AsyncGenerator[AsyncConnection]:
    engine = create_engine(connector(url, settings, {"application_name": "datastore-doctor"}), poolclass=NullPool)
    with translate_database_errors():
        async with engine.connect() as connection:
            yield connection


def _reason(error: Exception) -> str:
    if isinstance(error, DBAPIError):
        return f"refuses: {str(error.orig).rpartition('>: ')[2]}"
    return error.detail if isinstance(error, StoreUnavailable) else str(error)
