"""Statements of the read side and of group commit, each on a connection of asyncpg that is lent out for it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, Self, cast

import asyncpg
from asyncpg.cursor import Cursor
from sqlalchemy.sql.expression import ClauseElement

from datastore_service.application.large_answers import room_for_large_answer
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
"""What a query ends with whose connection dies, as all do when the database starts again."""

_SILENCES: Final = (OSError, *DEATHS)
"""The same, and that there was no answer in time."""

SECONDS_TO_CANCEL: Final = 2.0
"""How long after a statement's limit the server may take to end it, before its connection is given up."""

type Rows = Sequence["Row"]
type Lent = asyncpg.Connection[Row]


class Row(asyncpg.Record):
    """A row whose columns are attributes as well."""

    def __getattr__(self, column: str) -> Any:  # noqa: ANN401 - a column of whatever type
        try:
            return self[column]
        except KeyError:
            raise AttributeError(column) from None


class Pool:
    """Runs each statement on a connection of its own; those that died are replaced."""

    def __init__(self, connections: Connections, listeners: list[Callable[..., None]], watch: Watch) -> None:
        self._connections = connections
        self._listeners = listeners
        self.watch = watch
        self._seconds = watch.statement_timeout
        self._expiring: Sequence[Connections] = (connections,)
        self.patience = connections.patience

    @classmethod
    def of(cls, url: str, settings: DatabaseSettings, size: int, session: dict[str, str]) -> Self:
        """Makes a pool of at most so many connections; none is opened before it is needed.

        Args:
            url: The database, as a URL of libpq.
            settings: How long to wait for what.
            size: How many connections there may be.
            session: Parameters of PostgreSQL that hold in each of them.
        """
        session = session_settings(settings) | session
        listeners: list[Callable[..., None]] = []
        # The server ends what takes too long, and says so: who does not even do that is away.
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
        """Closes the connections; one that does not come back in time is cut off."""
        await self.watch.close()
        await self._connections.close()

    def tell_of_statements(self, listener: Callable[..., None]) -> None:
        """Has asyncpg tell the listener of each statement that ends, on connections which are opened anew for it."""
        self._listeners.append(listener)
        self._connections.expire()

    def expire_with(self, *others: "Pool") -> None:
        """Has the connections of these replaced, too, when one of its own turns out to be dead."""
        self._expiring = (self._connections, *(pool.connections for pool in others))

    @property
    def connections(self) -> Connections:
        """Those that it lends out."""
        return self._connections

    async def read(self, query: ClauseElement, values: Mapping[str, object]) -> Rows:
        """Runs a query as SQLAlchemy describes it; see `fetch`.

        Args:
            query: The query; it changes nothing.
            values: Those of the parameters that it only names.
        """
        text, arguments = runnable(query, values)
        return await self.fetch(text, arguments)

    async def fetch(self, text: str, arguments: Sequence[object]) -> Rows:
        """Runs a query: once more, if its connection turns out to be dead.

        Args:
            text: The query, with $1, $2 ...; it changes nothing.
            arguments: The values of these.

        Raises:
            sqlalchemy.exc.TimeoutError: No connection came free in time.
            OSError: The database cannot be reached.
            asyncpg.InterfaceError: The second connection broke, too.
            QueryTimeout: It ran into its time limit.
            asyncpg.PostgresError: The database refuses the query.
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
        """Runs a query for as many of its rows as there is room for: the first ones, and those that go beside them.

        What PostgreSQL has not sent by then it does not read either. The answer that the rows are for waits for its
        turn, as only a few large ones are made at the same time.

        Args:
            text: The query, with $1, $2 ...; it changes nothing.
            arguments: The values of these.
            most: How many bytes the texts of the rows may have together.
            least: How many rows are returned however large they are.

        Returns:
            The rows, and whether there are more.

        Raises:
            sqlalchemy.exc.TimeoutError: No connection came free in time.
            OSError: The database cannot be reached.
            asyncpg.InterfaceError: The connection broke.
            asyncpg.PostgresError: The database refuses the query.
        """
        await room_for_large_answer()
        async with self.connection() as connection:
            with self.in_time(connection):
                async with connection.transaction(readonly=True):
                    return await rows_within(await connection.cursor(text, *arguments), most, least)

    def in_time(self, connection: Lent) -> InTime:
        """Watches over statements on a connection that was lent out.

        Raises:
            QueryTimeout: One of them ran into its time limit.
        """
        return InTime(self.watch, connection, self._seconds)

    def connection(self) -> "Loan":
        """Lends a connection out, for as long as the context lasts.

        Raises:
            sqlalchemy.exc.TimeoutError: None came free in time.
            OSError: The database cannot be reached.
        """
        return Loan(self._connections, self._expiring)


async def rows_within(cursor: "Cursor[Any]", most: int, least: int = 1) -> tuple[list[Any], bool]:
    """Reads as many rows as there is room for; see `Pool.fetch_within`.

    Args:
        cursor: Gives the rows.
        most: How many bytes the texts of the rows may have together.
        least: How many rows are returned however large they are.

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
        # Half of what there is room for, if they go on as large as they were.
        at_a_time = max(1, (most - total) * len(rows) // (2 * max(total, 1)))
    return rows, False


def bytes_of_texts(values: Iterable[object]) -> int:
    """Returns how many bytes the texts of a row have in UTF-8, those in arrays too."""
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
    """A connection that is lent out: no generator, for each statement needs one."""

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
            # The others may have died with it, unnoticed as yet.
            for connections in self._expiring:
                connections.expire()
        # A statement that is given up once it is prepared leaves PostgreSQL in a transaction, with its locks.
        self._connections.take_back(self._connection, usable=error is None or _said_by_server(error))


def _said_by_server(error: BaseException) -> bool:
    """Tells PostgreSQL's own errors from those of the same types that asyncpg raises for what it cannot send."""
    return isinstance(error, asyncpg.PostgresError) and getattr(error, "severity", None) is not None


def session_settings(settings: DatabaseSettings) -> dict[str, str]:
    """Returns the parameters of PostgreSQL that hold in every session of the service.

    Those of TCP have the server end the transactions of a service that has vanished, and let go of their locks.
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
