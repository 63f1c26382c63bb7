"""Detects silent connections: the service waits for a statement that the server is not running."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import replace
from time import monotonic
from typing import Any, Final, override

import asyncpg

from datastore_service.application.errors import QueryTimeout
from datastore_service.infrastructure.database.engine.connecting import Connector, server_of

_PAUSE: Final = 0.5

# A server that has prepared a statement and waits for its arguments is active, too.
_RUNNING: Final = """
SELECT pid, coalesce(
  state = 'active' AND wait_event IS DISTINCT FROM 'ClientRead'
  OR clock_timestamp() - state_change < $2 * interval '1 second', true
)
FROM pg_stat_activity WHERE pid = ANY ($1)
UNION ALL SELECT pg_backend_pid(), true
"""

_log = logging.getLogger(__name__)

type Connection = asyncpg.Connection[Any]


def watch_over(connect: Connector) -> "Watch":
    """Makes a watch over the connections of a connector."""
    patience = connect.settings.silence_timeout
    # A check that is too early does no harm: a connection to a server that answers is kept.
    # The read side's role may not see the sessions of the service's user.
    session = {name: value for name, value in connect.session.items() if name != "role"}
    return Watch(replace(connect, session=session, command_timeout=patience), patience / 2)


class Watch:
    """Checks long-running statements over another connection (adr/0081).

    A network may drop packets of connections that it has forgotten, and accept new ones. If a device confirms packets
    that it drops, TCP does not notice.
    """

    def __init__(self, connect: Connector, patience: float) -> None:
        """Makes a watch without connections.

        Args:
            connect: Opens the connection for the checks.
            patience: How many seconds a statement may take before a check.
        """
        self._connect = connect
        self._patience = patience
        self._running: dict[Connection, float] = {}
        self._task: asyncio.Task[None] | None = None

    @property
    def statement_timeout(self) -> float:
        """The server's limit on the duration of a statement, in seconds."""
        return int(self._connect.session.get("statement_timeout", 0)) / 1000

    def over(self, connection: Connection) -> "Watched":
        """Watches a connection during the context, in which the service always waits for the server."""
        return Watched(self, connection)

    def begin(self, connection: Connection) -> None:
        """Watches a statement from its beginning; the connection is terminated if the server runs nothing."""
        self._running[connection] = monotonic()
        if self._task is None:
            self._task = asyncio.create_task(self._look_on(), name="silent connections")

    def end(self, connection: Connection) -> None:
        """Ends the watch over a statement."""
        self._running.pop(connection, None)

    async def close(self) -> None:
        """Ends the watch."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _look_on(self) -> None:
        try:
            while self._running:
                await self._look()
        finally:
            self._task = None

    async def _look(self) -> None:
        await asyncio.sleep(_PAUSE)
        # SQLAlchemy does not report the end of a cancelled statement: it closes the connection.
        for connection in [connection for connection in self._running if connection.is_closed()]:
            self.end(connection)
        begun = monotonic() - self._patience
        overdue = [connection for connection, since in self._running.items() if since < begun]
        if not overdue:
            return
        # If the server cannot be reached, each statement's own time limit applies.
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
            await self._look_after({connection.get_server_pid(): connection for connection in overdue})

    async def _look_after(self, overdue: dict[int, Connection]) -> None:
        asked = {connection: self._running.get(connection) for connection in overdue.values()}
        probe = await self._connect()
        try:
            found = await probe.fetch(_RUNNING, list(overdue), self._patience)
            running = dict(found)
            # A pooler reports process ids of its own, which say nothing.
            if running.pop(probe.get_server_pid(), None) is None:
                return
            server = server_of(probe)
        finally:
            probe.terminate()
        for process, connection in overdue.items():
            # The statement may have ended meanwhile, and another one begun.
            if self._running.get(connection) != asked[connection] or server_of(connection) != server:
                continue
            if running.get(process, False):
                continue
            _log.warning("A connection to the database has fallen silent; it is replaced.")
            self.end(connection)
            connection.terminate()


class Watched:
    """A connection that is watched during the context; a class instead of a generator, as each statement needs one."""

    __slots__ = ("_connection", "_watch")

    def __init__(self, watch: Watch, connection: Connection) -> None:
        self._watch = watch
        self._connection = connection

    def __enter__(self) -> None:
        self._watch.begin(self._connection)

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._watch.end(self._connection)


class InTime(Watched):
    """The same for statements with a time limit.

    Raises:
        QueryTimeout: A statement exceeded its limit.
    """

    __slots__ = ("_seconds",)

    def __init__(self, watch: Watch, connection: Connection, seconds: float) -> None:
        super().__init__(watch, connection)
        self._seconds = seconds

    @override
    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._watch.end(self._connection)
        if isinstance(error, asyncpg.QueryCanceledError):
            raise QueryTimeout(self._seconds) from error
