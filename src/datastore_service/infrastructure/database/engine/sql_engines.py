"""Engines of SQLAlchemy on connections that `connecting` opens."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final

import asyncpg
from sqlalchemy import URL, event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from datastore_service.config.database_url import DatabaseUrl, Host
from datastore_service.infrastructure.database.engine.connecting import Connection, Connector
from datastore_service.infrastructure.database.engine.silence import Watch, watch_over
from datastore_service.library_internals.sqlalchemy import around_commits

_CONNECTOR: Final = "datastore_connector"


def create_engine(connect: Connector, **options: Any) -> AsyncEngine:  # noqa: ANN401 - SQLAlchemy's
    """Makes an engine of SQLAlchemy whose connections are opened so; one that does not answer is replaced.

    Args:
        connect: Opens connections.
        options: What else `create_async_engine` takes.
    """
    engine = create_async_engine(_shown(connect.url), async_creator=connect, **options)
    engine.update_execution_options(**{_CONNECTOR: connect})
    event.listen(engine.sync_engine, "checkout", _expect_an_answer(connect.settings.silence_timeout))
    _watch_statements(engine, watch_over(connect))
    return engine


def for_session(engine: AsyncEngine, session: Mapping[str, str]) -> Connector:
    """Returns what opens connections to the database of an engine that `create_engine` has made, for other sessions.

    Args:
        engine: The engine.
        session: The parameters of PostgreSQL that hold in these; statements may take as long as they need.
    """
    connect: Connector = engine.get_execution_options()[_CONNECTOR]
    return replace(connect, session=session, command_timeout=None)


def _watch_statements(engine: AsyncEngine, watch: Watch) -> None:
    def begin(on: Any, *_: object) -> None:  # noqa: ANN401 - SQLAlchemy's
        watch.begin(on.connection.driver_connection)

    def end(on: Any, *_: object) -> None:  # noqa: ANN401 - SQLAlchemy's
        watch.end(on.connection.driver_connection)

    def let_go(adapted: Any, _: object) -> None:  # noqa: ANN401 - SQLAlchemy's
        # A statement that failed is over as well.
        if adapted is not None:
            watch.end(adapted.driver_connection)

    # A commit is no statement of a cursor.
    around_commits(engine, watch.begin, watch.end)
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
            # The others have most likely died with it.
            raise InvalidatePoolError("The connection is dead.") from error

    return look


async def _answer(connection: Connection, within: float) -> None:
    try:
        async with asyncio.timeout(within):
            await connection.execute("SELECT 1")
    except BaseException:
        # The server is not there to receive a Terminate message.
        connection.terminate()
        raise


def _shown(url: DatabaseUrl) -> URL:
    """Returns what SQLAlchemy shows for the database; it connects by the other."""
    host = url.hosts[0] if url.hosts else Host(name="", port=None)
    return URL.create(
        "postgresql+asyncpg",
        username=url.user,
        host=None if host.is_socket else host.name or None,
        port=None if host.is_socket else host.port,
        database=url.database,
        query={"host": host.name, "port": str(host.port or 5432)} if host.is_socket else {},
    )
