"""A PostgreSQL that is not the service's own: a test starts it, kills it and starts it again."""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

import asyncpg

from datastore_service.infrastructure.embedded.programs import (
    choose_account,
    find_programs,
    runtime_folder,
    within_reach,
)

_SECONDS_TO_START: Final = 120.0
_SECONDS_TO_RECOVER: Final = 30.0
"""After which PostgreSQL, which was seen to stand still in its recovery for minutes, is killed and started again."""

_SECONDS_TO_STOP: Final = 20.0
_NOWHERE: Final = Path("/nowhere")
_SETTINGS: Final = (
    "listen_addresses=",
    "max_connections=60",
    "shared_buffers=32MB",
    "max_wal_size=64MB",
    # Processes are killed here, and not machines: what has been written is there, however busy the disk is.
    "fsync=off",
    "log_min_messages=log",
)


class Postgres:
    """Runs on data in a folder, and listens on a socket."""

    def __init__(self, folder: Path, disk: Path | None, locales: Path | None) -> None:
        """Makes it known.

        Args:
            folder: Belongs to whom PostgreSQL runs as.
            disk: Where the data are to be, if not there.
            locales: The folder that the C library finds its locales in, if not where it always does.
        """
        self._environment = {"LC_ALL": "C", "PATH": os.environ["PATH"]}
        if locales is not None:
            self._environment["LOCPATH"] = str(locales)
        self.data = (disk or folder) / "data"
        self._sockets = folder / "run"
        self._log = folder / "postgres.log"
        self._settings = [*_SETTINGS, f"unix_socket_directories={self._sockets}"]
        self._account = choose_account(folder)
        self._process: subprocess.Popen[bytes] | None = None
        for part in (self.data, self._sockets):
            part.mkdir(mode=0o700)
            if self._account:
                self._account.own(part)
        self._programs = within_reach(find_programs(), self._account, self._sockets)

    @property
    def socket(self) -> Path:
        """Where it listens."""
        return self._sockets / ".s.PGSQL.5432"

    @property
    def log(self) -> str:
        """All that it has said."""
        return self._log.read_text()

    async def create(self) -> None:
        """Makes the data and the database, and starts."""
        options = ("--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync")
        assert await asyncio.to_thread(self._run("initdb", options).wait) == 0, self.log
        await self.start()
        async with self.connection("postgres") as connection:
            await connection.execute("CREATE DATABASE datastore")

    async def start(self) -> None:
        """Starts it, as often as it takes: processes of one that was killed may be there for a moment yet."""
        began = time.monotonic()
        deadline = began + _SECONDS_TO_START
        options = [word for setting in self._settings for word in ("-c", setting)]
        while time.monotonic() < deadline:
            if self._process is not None and time.monotonic() > began + _SECONDS_TO_RECOVER:
                self.kill()
            if self._process is None or self._process.poll() is not None:
                self._process, began = self._run("postgres", options), time.monotonic()
            with suppress(OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
                async with self.connection("postgres"):
                    return
            await asyncio.sleep(0.05)
        raise AssertionError(f"PostgreSQL does not start\n{self.log[-3000:]}")

    def kill(self) -> None:
        """Ends it as a power cut does; those of its processes that are left see it and end as well."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()

    async def stop(self) -> None:
        """Stops it if it runs."""
        if self._process is not None and self._process.poll() is None:
            # Its data are of no more use.
            self._process.send_signal(signal.SIGQUIT)
            await asyncio.to_thread(self._process.wait, _SECONDS_TO_STOP)

    @asynccontextmanager
    async def connection(self, database: str = "datastore") -> AsyncGenerator["asyncpg.Connection[Any]"]:
        """Connects to it, past the service."""
        connection = await asyncpg.connect(
            host=str(self._sockets), port=5432, user="postgres", database=database, timeout=10
        )
        try:
            yield connection
        finally:
            await connection.close()

    async def somebody_waits_for_a_lock(self, within: float) -> None:
        """Waits until a statement of the service is held up by another transaction.

        Raises:
            AssertionError: It takes longer than so many seconds.
        """
        deadline = time.monotonic() + within
        async with self.connection() as connection:
            while not await connection.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                assert time.monotonic() < deadline, f"nobody waits for a lock within {within} s"
                await asyncio.sleep(0.02)

    def _run(self, program: str, options: Sequence[str]) -> "subprocess.Popen[bytes]":
        account = self._account
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [self._programs / "bin" / program, "-D", self.data, *options],
                cwd=self.data,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                user=account.uid if account else None,
                group=account.gid if account else None,
                extra_groups=[] if account else None,
            )


@asynccontextmanager
async def a_postgres(disk: Path | None = None, locales: Path | None = None) -> AsyncGenerator[Postgres]:
    """Runs one on new data, on that disk and with those locales if it is given such, until the context ends."""
    with runtime_folder(choose_account(_NOWHERE)) as folder:
        postgres = Postgres(folder, disk, locales)
        try:
            await postgres.create()
            yield postgres
        finally:
            await postgres.stop()
