"""SQLAlchemy engines on connections that `connecting` opens."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Any, Final, cast

import asyncpg
from sqlalchemy import URL, event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from datastore_service.config.database_url import DatabaseUrl, Host
from datastore_service.infrastructure.database.engine.connecting import Connection, Connector
from datastore_service.infrastructure.database.engine.silence import Watch, watch_over
from datastore_service.library_internals.sqlalchemy import around_ends_of_transactions

_CONNECTOR: Final = "datastore_connector"
_WATCH: Final = "datastore_watch"
_SECONDS_TO_CLOSE: Final = 5.0

_log = logging.getLogger(__name__)


def create_engine(connect: Connector, **options: Any) -> AsyncEngine:  # noqa: ANN401 - SQLAlchemy's
    """Makes an engine on the connector's connections; a connection that does not answer is replaced.

    Args:
        connect: Opens connections.
        options: Further options of `create_async_engine`.
    """
    engine = create_async_engine(_shown(connect.url), async_creator=connect, **options)
    watch = watch_over(connect)
    engine.update_execution_options(**{_CONNECTOR: connect, _WATCH: watch})
    event.listen(engine.sync_engine, "checkout", _expect_an_answer(connect.settings.silence_timeout))
    _watch_statements(engine, watch)
    return engine


async def dispose(engine: AsyncEngine) -> None:
    """Closes the connections of an engine; those that cannot be closed in time are abandoned."""
    try:
        async with asyncio.timeout(_SECONDS_TO_CLOSE):
            await engine.dispose()
    except TimeoutError:
        _log.warning("Connections to the database did not close within %g seconds.", _SECONDS_TO_CLOSE)


@asynccontextmanager
async def driver_of(connection: AsyncConnection) -> AsyncGenerator[Connection]:
    """Yields asyncpg's connection for operations that SQLAlchemy lacks; it is watched meanwhile.

    Args:
        connection: A connection of an engine from `create_engine`.
    """
    driver = cast("Connection", (await connection.get_raw_connection()).driver_connection)
    watch: Watch = connection.engine.get_execution_options()[_WATCH]
    with watch.over(driver):
        yield driver


def for_session(engine: AsyncEngine, session: Mapping[str, str]) -> Connector:
    """Returns a connector to an engine's database for sessions with other parameters.

    Args:
        engine: An engine from `create_engine`.
        session: The session parameters; statements have no time limit.
    """
    connect: Connector = engine.get_execution_options()[_CONNECTOR]
    return replace(connect, session=session, command_timeout=None)


def _watch_statements(engine: AsyncEngine, watch: Watch) -> None:
    def begin(on: Any, *_: object) -> None:  # noqa: ANN401 - SQLAlchemy's
        watch.begin(on.connection.driver_connection)

    def end(on: Any, *_: object) -> None:  # noqa: ANN401 - SQLAlchemy's
        watch.end(on.connection.driver_connection)

    def let_go(adapted: Any, _: object) -> None:  # noqa: ANN401 - SQLAlchemy's
        # A statement that failed has ended, too.
        if adapted is not None:
            watch.end(adapted.driver_connection)

    # SQLAlchemy ends transactions without a cursor's statement.
    around_ends_of_transactions(engine, watch.begin, watch.end)
    event.listen(engine.sync_engine, "before_cursor_execute", begin)
    event.listen(engine.sync_engine, "after_cursor_execute", end)
    event.listen(engine.sync_engine, "checkin", let_go)


def _expect_an_answer(within: float) -> Callable[[Any, Any, Any], None]:
    def look(adapted: Any, record: Any, _: Any) -> None:  # noqa: ANN401 - SQLAlchemy's
        if not record.info.setdefault("lent_before", False):
            record.info["lent_before"] = True
            return
        try:
            adapted.run_async(partial(_answer, within=within / 2))
        except (OSError, asyncpg.InterfaceError, asyncpg.PostgresError, asyncpg.InternalClientError) as error:
            # The other connections have most likely died as well.
            raise InvalidatePoolError("The connection is dead.") from error

    return look


async def _answer(connection: Connection, within: float) -> None:
    try:
        async with asyncio.timeout(within):
            await connection.execute("SELECT 1")
    except BaseException:
        # The server cannot receive a Terminate message.
        connection.terminate()
        raise


def _shown(url: DatabaseUrl) -> URL:
    """Returns the URL that SQLAlchemy shows; it connects by the other one."""
    host = url.hosts[0] if url.hosts else Host(name="", port=None)
    return URL.create(
        "postgresql+asyncpg",
        username=url.user,
        host=None if host.is_socket else host.name or None,
        port=None if host.is_socket else host.port,
        database=url.database,
        query={"host": host.name, "port": str(host.port or 5432)} if host.is_socket else {},
    )
