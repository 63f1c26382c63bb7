"""Runs statements of the read side and of group commit on borrowed asyncpg connections."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Self, cast

import asyncpg
from asyncpg.cursor import Cursor
from sqlalchemy.sql.expression import ClauseElement

from datastore_service.application.large_requests import room_for_large_request
from datastore_service.config.database_settings import DatabaseSettings
from datastore_service.infrastructure.database.engine.connecting import connector
from datastore_service.infrastructure.database.engine.connections import Connections
from datastore_service.infrastructure.database.engine.silence import InTime, Watch, watch_over
from datastore_service.infrastructure.database.engine.statements import runnable

DEATHS: Final = (
    ConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
)
"""Errors of a query whose connection dies, as when the database restarts."""

_SILENCES: Final = (OSError, *DEATHS)
"""The same, and errors of a connection that did not answer in time."""

SECONDS_TO_CANCEL: Final = 2.0
"""Seconds after a statement's limit in which the server may end it, before the connection is given up."""

type Rows = Sequence["Row"]
type Lent = asyncpg.Connection[Row]


class Row(asyncpg.Record):
    """A row whose columns are also attributes."""

    def __getattr__(self, column: str) -> Any:  # noqa: ANN401 - a column of whatever type
        try:
            return self[column]
        except KeyError:
            raise AttributeError(column) from None


class Pool:
    """Runs each statement on a borrowed connection, and replaces connections that have died."""

    def __init__(self, connections: Connections, listeners: list[Callable[..., None]], watch: Watch) -> None:
        self._connections = connections
        self._listeners = listeners
        self.watch = watch
        self._seconds = watch.statement_timeout
        self._expiring: Sequence[Connections] = (connections,)
        self.patience = connections.patience

    @classmethod
    def of(cls, url: str, settings: DatabaseSettings, size: int, session: dict[str, str]) -> Self:
        """Makes a pool with a maximum size; each connection is opened only when it is needed.

        Args:
            url: The database, as a URL of libpq.
            settings: The time limits.
            size: The maximum number of connections.
            session: The parameters of each session in PostgreSQL.
        """
        session = session_settings(settings) | session
        listeners: list[Callable[..., None]] = []
        # The server ends a slow statement and reports it; a server that does not even do that is unavailable.
        seconds = int(session["statement_timeout"]) / 1000 + SECONDS_TO_CANCEL
        opened = replace(connector(url, settings, session, seconds), record_class=Row)

        async def connect() -> Lent:
            connection = await opened()
            for listener in listeners:
                connection.add_query_logger(listener)
            return connection

        connections = Connections(connect, most=size, patience=settings.pool_timeout)
        return cls(connections, listeners, watch_over(opened))

    async def close(self) -> None:
        """Closes the connections; one that does not come back in time is terminated."""
        await self.watch.close()
        await self._connections.close()

    def tell_of_statements(self, listener: Callable[..., None]) -> None:
        """Makes asyncpg report each statement to the listener, on connections that are opened anew for it."""
        self._listeners.append(listener)
        self._connections.expire()

    def expire_with(self, *others: "Pool") -> None:
        """When a connection of this pool turns out to be dead, also replaces those of the other pools."""
        self._expiring = (self._connections, *(pool.connections for pool in others))

    @property
    def connections(self) -> Connections:
        """The connections that it lends out."""
        return self._connections

    async def read(self, query: ClauseElement, values: Mapping[str, object]) -> Rows:
        """Runs a query that SQLAlchemy describes; see `fetch`.

        Args:
            query: The query, which must not change anything.
            values: The values of its named parameters.
        """
        text, arguments = runnable(query, values)
        return await self.fetch(text, arguments)

    async def fetch(self, text: str, arguments: Sequence[object]) -> Rows:
        """Runs a query, and repeats it once if its connection turns out to be dead.

        Args:
            text: The query with parameters $1, $2 ...; it must not change anything.
            arguments: The values of the parameters.

        Raises:
            sqlalchemy.exc.TimeoutError: No connection became free in time.
            OSError: The database cannot be reached.
            asyncpg.InterfaceError: The second connection broke as well.
            QueryTimeout: The query exceeded its time limit.
            asyncpg.PostgresError: The database rejects the query.
        """
        try:
            return await self._fetched(text, arguments)
        except DEATHS as error:
            # An argument that asyncpg cannot encode is a ValueError as well.
            if isinstance(error, ValueError):
                raise
        return await self._fetched(text, arguments)

    async def _fetched(self, text: str, arguments: Sequence[object]) -> Rows:
        async with self.connection() as connection:
            with self.in_time(connection):
                return await connection.fetch(text, *arguments)

    async def fetch_within(
        self, text: str, arguments: Sequence[object], most: int, least: int = 1
    ) -> tuple[Rows, bool]:
        """Runs a query, and reads only as many rows as fit into a limit in bytes.

        PostgreSQL does not compute rows that it has not sent by then. The response waits for its turn before this,
        because
        only a few large ones are made at the same time.

        Args:
            text: The query with parameters $1, $2 ...; it must not change anything.
            arguments: The values of the parameters.
            most: The maximum size of all texts in the rows, in bytes.
            least: The number of rows that are returned whatever their size.

        Returns:
            The rows, and whether there are more.

        Raises:
            sqlalchemy.exc.TimeoutError: No connection became free in time.
            OSError: The database cannot be reached.
            asyncpg.InterfaceError: The connection broke.
            asyncpg.PostgresError: The database rejects the query.
        """
        await room_for_large_request()
        async with self.connection() as connection:
            with self.in_time(connection):
                async with connection.transaction(readonly=True):
                    return await rows_within(await connection.cursor(text, *arguments), most, least)

    def in_time(self, connection: Lent) -> InTime:
        """Watches statements on a borrowed connection.

        Raises:
            QueryTimeout: A statement exceeded its time limit.
        """
        return InTime(self.watch, connection, self._seconds)

    def connection(self) -> "Loan":
        """Lends a connection for the duration of the context.

        Raises:
            sqlalchemy.exc.TimeoutError: No connection became free in time.
            OSError: The database cannot be reached.
        """
        return Loan(self._connections, self._expiring)


async def rows_within(cursor: "Cursor[Any]", most: int, least: int = 1) -> tuple[list[Any], bool]:
    """Reads as many rows as fit; see `Pool.fetch_within`.

    Args:
        cursor: The cursor with the rows.
        most: The maximum size of all texts in the rows, in bytes.
        least: The number of rows that are returned whatever their size.

    Returns:
        The rows, and whether there are more.
    """
    rows: list[Any] = []
    total, at_a_time = 0, 1
    while part := await cursor.fetch(at_a_time):
        for row in part:
            total += bytes_of_texts(row)
            if len(rows) >= least and total > most:
                return rows, True
            rows.append(row)
        # Half of the rows that fit, if the next ones have the same average size.
        at_a_time = max(1, (most - total) * len(rows) // (2 * max(total, 1)))
    return rows, False


def bytes_of_texts(values: Iterable[object]) -> int:
    """Returns the size of a row's texts in UTF-8, including those in arrays."""
    return sum(map(_bytes_of, values))


def _bytes_of(value: object) -> int:
    match value:
        case str():
            return len(value) if value.isascii() else len(value.encode())
        case list():
            return bytes_of_texts(cast("list[object]", value))
        case _:
            return 0


class Loan:
    """A borrowed connection; a class instead of a generator, as each statement needs one."""

    __slots__ = ("_connection", "_connections", "_expiring")

    _connection: Lent

    def __init__(self, connections: Connections, expiring: Sequence[Connections]) -> None:
        self._connections = connections
        self._expiring = expiring

    async def __aenter__(self) -> Lent:
        self._connection = await self._connections.lend()
        return self._connection

    async def __aexit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, _SILENCES) and not isinstance(error, ValueError):
            # The others may have died with it, unnoticed so far.
            for connections in self._expiring:
                connections.expire()
        # A statement that is abandoned after it was prepared leaves its session in a transaction that holds locks.
        self._connections.take_back(self._connection, usable=error is None or _said_by_server(error))


def _said_by_server(error: BaseException) -> bool:
    """Tells PostgreSQL's own errors from those of the same types that asyncpg raises for values it cannot send."""
    return isinstance(error, asyncpg.PostgresError) and getattr(error, "severity", None) is not None


def session_settings(settings: DatabaseSettings) -> dict[str, str]:
    """Returns the parameters of every session of the service in PostgreSQL.

    With the TCP parameters, the server ends the transactions of a vanished service, and releases their locks.
    """
    silence = int(settings.silence_timeout)
    return {
        "application_name": "datastore",
        "timezone": "UTC",
        "jit": "off",
        "standard_conforming_strings": "on",
        "statement_timeout": str(int(settings.statement_timeout * 1000)),
        "lock_timeout": str(int(settings.lock_timeout * 1000)),
        "tcp_keepalives_idle": str(silence),
        "tcp_keepalives_interval": str(max(1, silence // 3)),
        "tcp_keepalives_count": "3",
        "tcp_user_timeout": str(2 * silence * 1000),
    }
