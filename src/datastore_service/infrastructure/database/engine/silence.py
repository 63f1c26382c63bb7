"""Finds connections that have fallen silent: a statement is waited for that the server does not run."""

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

# While the server waits for data of a COPY, it is active as well: only the bytes that it has had tell.
_RUNNING: Final = """
SELECT
  pid, coalesce(state = 'active' OR clock_timestamp() - state_change < $2 * interval '1 second', true) AS is_running,
  CASE WHEN state = 'active' AND wait_event = 'ClientRead' THEN coalesce(bytes_processed, 0) END AS awaits_after
FROM pg_stat_activity LEFT JOIN pg_stat_progress_copy USING (pid) WHERE pid = ANY ($1)
UNION ALL SELECT pg_backend_pid(), true, NULL
"""

_log = logging.getLogger(__name__)

type Connection = asyncpg.Connection[Any]


def watch_over(connect: Connector) -> "Watch":
    """Makes a watch over connections that are opened like this."""
    patience = connect.settings.silence_timeout
    # A check that comes early does no harm: a server that answers is not cut off.
    # The read side's role is not shown what the sessions of the service's user do.
    session = {name: value for name, value in connect.session.items() if name != "role"}
    return Watch(replace(connect, session=session, command_timeout=patience), patience / 2)


class Watch:
    """Looks after statements that take long, over another connection (adr/0081).

    A network may drop what is sent over connections that it has forgotten, and let new ones through. Where something
    between confirms what it swallows, TCP does not find out.
    """

    def __init__(self, connect: Connector, patience: float) -> None:
        """Makes one that watches over nothing yet.

        Args:
            connect: Opens the connection to look over.
            patience: Seconds for which a statement is waited for without a look.
        """
        self._connect = connect
        self._patience = patience
        self._running: dict[Connection, float] = {}
        self._awaits_after: dict[Connection, tuple[int, float]] = {}
        self._task: asyncio.Task[None] | None = None

    @property
    def statement_timeout(self) -> float:
        """Seconds that the server lets a statement run."""
        return int(self._connect.session.get("statement_timeout", 0)) / 1000

    def over(self, connection: Connection) -> "Watched":
        """Watches over what is done with a connection inside, of which the server is always waited for."""
        return Watched(self, connection)

    def begin(self, connection: Connection) -> None:
        """Watches over a statement that begins; the connection is cut off if the server turns out to run nothing."""
        self._running[connection] = monotonic()
        if self._task is None:
            self._task = asyncio.create_task(self._look_on(), name="silent connections")

    def end(self, connection: Connection) -> None:
        """Watches over it no longer."""
        self._running.pop(connection, None)
        self._awaits_after.pop(connection, None)

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
        # Of a statement that was cancelled, SQLAlchemy tells no end: it closes the connection.
        for connection in [connection for connection in self._running if connection.is_closed()]:
            self.end(connection)
        begun = monotonic() - self._patience
        overdue = [connection for connection, since in self._running.items() if since < begun]
        if not overdue:
            return
        # A server that cannot be reached is found out by each statement's own limit.
        with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError):
            await self._look_after({connection.get_server_pid(): connection for connection in overdue})

    async def _look_after(self, overdue: dict[int, Connection]) -> None:
        asked = {connection: self._running.get(connection) for connection in overdue.values()}
        probe = await self._connect()
        try:
            found = await probe.fetch(_RUNNING, list(overdue), self._patience)
            running = {process: (is_running, awaits_after) for process, is_running, awaits_after in found}
            # What pools connections gives out numbers of its own, which say nothing.
            if running.pop(probe.get_server_pid(), None) is None:
                return
            server = server_of(probe)
        finally:
            probe.terminate()
        for process, connection in overdue.items():
            # It may have answered meanwhile, and run another.
            if self._running.get(connection) != asked[connection] or server_of(connection) != server:
                continue
            is_running, awaits_after = running.get(process, (False, None))
            if is_running and not self._awaits_in_vain(connection, awaits_after):
                continue
            _log.warning("A connection to the database has fallen silent; it is replaced.")
            self.end(connection)
            connection.terminate()

    def _awaits_in_vain(self, connection: Connection, after: int | None) -> bool:
        """Tells whether the server has waited for data of a COPY so long that what was sent must have been lost.

        Args:
            connection: The connection that the COPY is on.
            after: How many bytes the server has had of it; None if it does not wait for more.
        """
        if after is None:
            self._awaits_after.pop(connection, None)
            return False
        before, since = self._awaits_after.get(connection, (None, 0.0))
        if before != after:
            self._awaits_after[connection] = (after, monotonic())
            return False
        return monotonic() - since > 2 * self._patience


class Watched:
    """A connection that is watched over until the context ends: no generator, for each statement needs one."""

    __slots__ = ("_connection", "_watch")

    def __init__(self, watch: Watch, connection: Connection) -> None:
        self._watch = watch
        self._connection = connection

    def __enter__(self) -> None:
        self._watch.begin(self._connection)

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        self._watch.end(self._connection)


class InTime(Watched):
    """The same for statements that have a time limit.

    Raises:
        QueryTimeout: One of them ran into it.
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
