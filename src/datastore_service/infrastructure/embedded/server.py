"""Starts, restarts and stops the embedded PostgreSQL."""

import asyncio
import logging
import math
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncGenerator, Generator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from datastore_service.application.backoff import backoff
from datastore_service.infrastructure.embedded.data_folder import (
    CURRENT_FOLDER,
    DataFolder,
    DataFolderInUse,
    EmbeddedPostgresError,
)
from datastore_service.infrastructure.embedded.programs import (
    MAJOR_VERSION,
    Account,
    choose_account,
    find_programs,
    runtime_folder,
    within_reach,
)

_GUARD: Final = str(Path(__file__).with_name("guard.py"))

_INITDB_OPTIONS: Final = (
    "--username=postgres",
    # Safe, because the only way in is a socket in a folder that no other user can enter.
    "--auth=trust",
    "--encoding=UTF8",
    # The order of texts is the same on every machine, whatever its C library.
    "--no-locale",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--no-instructions",
)

# Passed at each start instead of written once, so that a newer Datastore can change them for an existing folder.
_SETTINGS: Final = {
    "listen_addresses": "",
    "port": "5432",
    "shared_buffers": "64MB",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Datastore receives the errors of statements anyway, and they quote the contents of records.
    "log_min_messages": "log",
    "log_checkpoints": "off",
}

_CONNECTIONS: Final = 100

_CONTROL_GROUP: Final = Path("/sys/fs/cgroup/memory.max")
_LEAST_MEMORY: Final = 1 << 30

_FIRST_DELAY: Final = 0.1
_LONGEST_DELAY: Final = 5.0
_STABLE_SECONDS: Final = 2.0
_PATIENCE: Final = 5.0
_LAST_WAIT: Final = 1.0
_POLL_SECONDS: Final = 0.01

_log = logging.getLogger(__name__)


@asynccontextmanager
async def embedded_postgres(
    data_dir: Path, *, join: bool = False, connections: int = _CONNECTIONS
) -> AsyncGenerator[str]:
    """Runs PostgreSQL on the data in the folder, which is created if necessary, during the context.

    It is restarted, with the same URL, whenever it dies. It ends with this process, even if that is killed.

    Args:
        data_dir: The folder, which only one process at a time can use.
        join: Whether to use the PostgreSQL of another process that has locked the folder.
        connections: The minimum number of connections.

    Yields:
        The URL of the database `datastore`, for SQLAlchemy.

    Raises:
        EmbeddedPostgresError: It cannot be started.
    """
    if sys.platform == "win32":
        raise EmbeddedPostgresError("The embedded PostgreSQL does not run on Windows: set DATABASE_URL.")
    folder = DataFolder(data_dir)
    async with AsyncExitStack() as stack:
        with _os_errors_explained(folder.path):
            programs = find_programs()
            try:
                stack.enter_context(folder.locked())
            except DataFolderInUse:
                sockets = folder.socket_folder() if join else None
                if sockets is None:
                    raise
            else:
                account = choose_account(folder.data)
                sockets = stack.enter_context(runtime_folder(account))
                programs = await asyncio.to_thread(within_reach, programs, account, sockets)
                server = _Server(folder, programs, account, sockets, max(connections, _CONNECTIONS))
                stack.push_async_callback(server.stop)
                await server.start()
        yield _url(sockets, "datastore")


class _Server:
    """PostgreSQL on one folder, under a guard (guard.py) that stops it when this process ends."""

    def __init__(
        self, folder: DataFolder, programs: Path, account: Account | None, runtime: Path, connections: int
    ) -> None:
        self._folder = folder
        self._programs = programs
        self._account = account
        self._runtime = runtime
        self._settings = _SETTINGS | {"unix_socket_directories": str(runtime), "max_connections": str(connections)}
        self._guard: subprocess.Popen[bytes] | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._log_start = 0

    async def start(self) -> None:
        if not self._folder.is_initialised(MAJOR_VERSION):
            await self._initialise()
        guard = await self._run_until_ready()
        await self._create_database()
        self._keeper = asyncio.create_task(self._keep_running(guard))

    async def stop(self) -> None:
        # A stop takes effect before it waits, because the wait may be interrupted.
        if self._keeper:
            self._keeper.cancel()
        self._let_go()
        try:
            if self._keeper:
                await asyncio.wait([self._keeper])
            if self._guard:
                await _exit_status(self._guard)
        finally:
            if self._guard:
                with suppress(subprocess.TimeoutExpired):
                    self._guard.wait(_LAST_WAIT)

    async def _initialise(self) -> None:
        # Created under another name, and renamed when complete and on the disk: data with the final name are complete.
        new = self._folder.new_data
        async with self._folder.no_former_server() as lock:
            if new.exists():
                await asyncio.to_thread(shutil.rmtree, new)
            new.mkdir(mode=0o700)
            if self._account:
                self._account.own(new)
            guard = self._spawn(lock, new, "initdb", _INITDB_OPTIONS)
        if await _exit_status(guard) != 0:
            raise self._folder.failure("could not prepare its data", self._log_start)
        self._folder.accept_new_data()

    async def _run_until_ready(self) -> subprocess.Popen[bytes]:
        async with self._folder.no_former_server() as lock:
            if self._account and self._folder.data.stat().st_uid != self._account.uid:
                # Root restored a backup, and owns it.
                await asyncio.to_thread(self._account.own, self._folder.data)
            self._folder.forget_former_server()
            self._folder.shorten_log()
            options = [option for name, value in self._settings.items() for option in ("-c", f"{name}={value}")]
            guard = self._spawn(lock, self._folder.data, "postgres", options)
        overdue = monotonic() + _PATIENCE
        while not self._folder.is_ready():
            if guard.poll() is not None:
                raise self._folder.failure("could not start", self._log_start)
            if monotonic() > overdue:
                _log.warning("PostgreSQL in %s is not ready yet, it may be recovering", self._folder.path)
                overdue = math.inf
            await asyncio.sleep(_POLL_SECONDS)
        return guard

    async def _create_database(self) -> None:
        engine = create_async_engine(_url(self._runtime, "postgres"), poolclass=NullPool, isolation_level="AUTOCOMMIT")
        try:
            async with engine.connect() as connection:
                if not await connection.scalar(text("SELECT 1 FROM pg_database WHERE datname = 'datastore'")):
                    await connection.execute(text("CREATE DATABASE datastore"))
        except (DBAPIError, OSError) as error:
            what = f"could not make its database ({str(error).splitlines()[0]})"
            raise self._folder.failure(what, self._log_start) from error

    async def _keep_running(self, guard: subprocess.Popen[bytes]) -> None:
        failures, started = 0, monotonic()
        while True:
            while guard.poll() is None:
                await asyncio.sleep(_FIRST_DELAY)
                self._folder.shorten_log()
            _log.error("PostgreSQL ended by itself (status %s); starting it again", guard.returncode)
            lost = monotonic()
            guard, failures = await self._run_again(0 if lost - started > _STABLE_SECONDS else failures)
            started = monotonic()
            _log.info("PostgreSQL runs again after %.1f s", started - lost)

    async def _run_again(self, failures: int) -> tuple[subprocess.Popen[bytes], int]:
        """Tries until PostgreSQL runs.

        Args:
            failures: How many times in succession it has ended or not started.

        Returns:
            Its guard, and the number after this outage.
        """
        is_reported = False
        while True:
            failures += 1
            await asyncio.sleep(backoff(failures, first=_FIRST_DELAY, longest=_LONGEST_DELAY))
            try:
                return await self._run_until_ready(), failures
            except (EmbeddedPostgresError, OSError) as error:
                if not is_reported:
                    _log.warning("PostgreSQL does not start again yet: %s", error)
                is_reported = True

    def _spawn(self, lock: int, data: Path, program: str, options: Iterable[str]) -> subprocess.Popen[bytes]:
        account = self._account or Account(-1, -1)
        # Another user cannot reach the path if it is below /root: the process starts in the folder instead.
        place = CURRENT_FOLDER if self._account else data
        limit = str(_memory_of_a_process())
        guard = [
            sys.executable,
            "-I",
            "-S",
            _GUARD,
            str(lock),
            self._runtime,
            str(account.uid),
            str(account.gid),
            limit,
        ]
        self._let_go()
        with self._folder.open_log() as log:
            self._log_start = log.tell()
            self._guard = subprocess.Popen(  # noqa: S603 - no part of the command comes from outside
                [*guard, self._programs / "bin" / program, "-D", place, *options],
                cwd=data,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=(lock,),
                # Ctrl-C goes to Datastore only.
                start_new_session=True,
            )
        return self._guard

    def _let_go(self) -> None:
        if self._guard and self._guard.stdin:
            self._guard.stdin.close()


def _memory_of_a_process() -> int:
    """Returns how many bytes one PostgreSQL process may take: an eighth of the memory, and at least a gigabyte.

    An allocation beyond it fails with an error in its own session. Otherwise the operating system would kill the
    process, and PostgreSQL would then end all the others.
    """
    available = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with suppress(OSError, ValueError):
        available = min(available, int(_CONTROL_GROUP.read_text(encoding="ascii")))
    return max(available // 8, _LEAST_MEMORY)


def _url(sockets: Path, database: str) -> str:
    # The port is explicit, because PGPORT in the environment would take its place.
    return f"postgresql+asyncpg://postgres@/{database}?host={sockets}&port={_SETTINGS['port']}"


async def _exit_status(process: subprocess.Popen[bytes]) -> int:
    while (status := process.poll()) is None:  # noqa: ASYNC110 - no event reports it under every event loop
        await asyncio.sleep(_POLL_SECONDS)
    return status


@contextmanager
def _os_errors_explained(folder: Path) -> Generator[None]:
    try:
        yield
    except OSError as error:
        reason = str(error).partition("] ")[2] or str(error)
        raise EmbeddedPostgresError(f"The data folder {folder} cannot be used: {reason}.") from error
