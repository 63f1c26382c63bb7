"""LISTEN and NOTIFY, on one connection for each process (adr/0044)."""

import asyncio
import logging
from typing import Any, Final, cast

import asyncpg
from sqlalchemy.exc import SQLAlchemyError

from datastore_service.application.backoff import backoff
from datastore_service.application.errors import StoreUnavailable
from datastore_service.application.feed.notifier import LocalNotifier
from datastore_service.application.outages import Outage
from datastore_service.infrastructure.database.engine.error_translation import translate_database_errors
from datastore_service.infrastructure.database.engine.pools import FeedEngine
from datastore_service.infrastructure.database.engine.sql_engines import driver_of

CHANNEL: Final = "datastore_changes"

_BETWEEN_NOTIFICATIONS: Final = 0.02
"""Seconds between two notifications; one notification covers all commits in between."""
_FIRST_WAIT: Final = 0.1
_LONGEST_WAIT: Final = 5.0
"""The longest pause between attempts to connect, in seconds."""

_log = logging.getLogger(__name__)


class PostgresNotifier:
    """Notifies this process at once, and others by NOTIFY after the commit.

    A NOTIFY within the transaction would make all commits of the database queue for one lock.
    """

    def __init__(self, engine: FeedEngine) -> None:
        self._engine = engine
        self._local = LocalNotifier()
        self._to_tell = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._closed = False
        self._outage = Outage(
            _log,
            begun="Notifications of other processes' changes are interrupted; they are polled for",
            ended="Notifications of other processes' changes arrive again.",
        )

    def notify(self) -> None:
        self._local.notify()
        self._to_tell.set()
        self._start()

    async def wait(self, seconds: float) -> bool:
        self._start()
        return await self._local.wait(seconds)

    async def close(self) -> None:
        self._closed = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])

    def _start(self) -> None:
        if self._task is None and not self._closed:
            self._task = asyncio.create_task(self._stay_connected(), name="change notifier")

    async def _stay_connected(self) -> None:
        failures = 0
        while True:
            try:
                with translate_database_errors():
                    await self._connected()
                failures = 0
            except (StoreUnavailable, SQLAlchemyError, asyncpg.PostgresError) as error:
                self._outage.goes_on(error)
            failures += 1
            await asyncio.sleep(backoff(failures, first=_FIRST_WAIT, longest=_LONGEST_WAIT))

    async def _connected(self) -> None:
        """Listens and notifies as long as the connection lasts."""
        async with self._engine.connect() as connection:
            raw = await connection.get_raw_connection()
            driver = cast("asyncpg.Connection[asyncpg.Record]", raw.driver_connection)
            own = driver.get_server_pid()

            def hear(_connection: Any, process: int, _channel: str, _payload: object) -> None:  # noqa: ANN401 - asyncpg's
                if process != own:
                    self._local.notify()

            driver.add_termination_listener(lambda _connection: self._to_tell.set())
            await driver.add_listener(CHANNEL, hear)
            self._outage.is_over()
            # Wakes followers for notifications that were missed.
            self._local.notify()
            try:
                while not driver.is_closed():
                    await self._to_tell.wait()
                    self._to_tell.clear()
                    if not driver.is_closed():
                        async with driver_of(connection):
                            await driver.execute("SELECT pg_notify($1, '')", CHANNEL)
                        await asyncio.sleep(_BETWEEN_NOTIFICATIONS)
            finally:
                await connection.invalidate()
