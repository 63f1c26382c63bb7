"""The data folder of the embedded PostgreSQL, which one Datastore uses at a time, and its log."""

import asyncio
import os
import shlex
import shutil
import signal
import stat
import sys
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from time import monotonic
from typing import IO, Final

if sys.platform != "win32":
    import fcntl

CURRENT_FOLDER: Final = Path("/proc/self/cwd")
"""Linux's name for a process's current folder, which works even if the process may not enter the parents."""

_LARGEST_LOG: Final = 4 * 1024 * 1024
_LOW_DISK: Final = 100 * 1024 * 1024
_TELLING: Final = ("PANIC:", "FATAL:", "error:", "DETAIL:", "HINT:")


class EmbeddedPostgresError(Exception):
    """The embedded PostgreSQL cannot be used; the message is one sentence with the reason and the remedy."""


class DataFolderInUse(EmbeddedPostgresError):
    """Another process is using the folder."""


class DataFolder:
    """The files in the data folder; a .gitignore excludes all of them."""

    def __init__(self, path: Path) -> None:
        self.path = path.absolute()
        self.data = self.path / "postgres"
        self.new_data = self.path / "postgres.new"
        self.log = self.path / "postgres.log"

    @contextmanager
    def locked(self) -> Generator[None]:
        """Locks the folder for this process; the operating system releases the lock when the process dies.

        Raises:
            DataFolderInUse: Another process has locked it.
            EmbeddedPostgresError: Other users may write to it.
            OSError: The folder cannot be written.
        """
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        if (mode := stat.S_IMODE(self.path.stat().st_mode)) & stat.S_IWOTH:
            raise EmbeddedPostgresError(
                f"All users may write to the data folder {self.path} (mode {mode:04o}), and so replace the data: "
                f"run `chmod o-w {shlex.quote(str(self.path))}`, or choose another folder."
            )
        if not (ignored := self.path / ".gitignore").exists():
            ignored.write_text("*\n", encoding="utf-8")
        with (self.path / "lock").open("a+b", buffering=0) as lock:
            if not _try_lock(lock):
                raise DataFolderInUse(
                    f"The data folder {self.path} is in use by another datastore (pid {_read_pid(lock) or 'unknown'}): "
                    "stop that one first, or give this one a data folder of its own."
                )
            lock.truncate(0)
            lock.write(b"%d\n" % os.getpid())
            yield

    @asynccontextmanager
    async def no_former_server(self, fast: float = 5.0, immediate: float = 7.0) -> AsyncGenerator[int]:
        """Waits until nothing is left of a former PostgreSQL, and stops it if necessary.

        Each process of a running PostgreSQL holds this lock, and nothing else does. This is exact, while the process id
        in
        postmaster.pid may belong to another program by now.

        Args:
            fast: The seconds for a fast shutdown.
            immediate: The seconds for an immediate shutdown; PostgreSQL itself ends it after 5.

        Yields:
            The lock's descriptor, for the next PostgreSQL to inherit.

        Raises:
            EmbeddedPostgresError: The former PostgreSQL does not stop.
        """
        with (self.path / "postgres.lock").open("a+b", buffering=0) as lock:
            for number, patience in ((signal.SIGINT, fast), (signal.SIGQUIT, immediate)):
                deadline = monotonic() + patience
                signalled = False
                while not (acquired := _try_lock(lock)) and monotonic() < deadline:
                    # The lock's holder may not have written down yet which process it started.
                    if not signalled and (pid := _read_pid(lock)):
                        signalled = True
                        with suppress(ProcessLookupError, PermissionError):
                            os.kill(pid, number)
                    await asyncio.sleep(0.02)
                if acquired:
                    yield lock.fileno()
                    return
            raise EmbeddedPostgresError(
                f"A PostgreSQL that was left behind in {self.path} does not stop (pid {_read_pid(lock) or 'unknown'}): "
                "end it, then start again."
            )

    def is_initialised(self, major_version: int) -> bool:
        """Tells whether there are data of this major version of PostgreSQL.

        Raises:
            EmbeddedPostgresError: This version cannot read the data.
        """
        if not self.data.exists():
            return False
        try:
            found = (self.data / "PG_VERSION").read_text(encoding="ascii").strip()
        except FileNotFoundError:
            raise EmbeddedPostgresError(
                f"{self.data} is not a PostgreSQL data folder, as it has no PG_VERSION: restore it from a backup, or "
                "move it away to start empty."
            ) from None
        if found != str(major_version):
            raise EmbeddedPostgresError(
                f"The data in {self.data} were written by PostgreSQL {found}, and this datastore contains PostgreSQL "
                f"{major_version}: dump them with PostgreSQL {found} and restore them into a new data folder, or set "
                f"DATABASE_URL to a PostgreSQL {found} that serves them."
            )
        return True

    def accept_new_data(self) -> None:
        """Gives the complete new data their final name."""
        self.new_data.rename(self.data)
        folder = os.open(self.path, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def open_log(self) -> IO[bytes]:
        """Opens the log for appending; it quotes statements, so only the owner may read it."""
        descriptor = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.fchmod(descriptor, 0o600)
        return os.fdopen(descriptor, "ab")

    def is_ready(self) -> bool:
        """Tells whether the PostgreSQL on these data accepts connections, according to postmaster.pid."""
        with suppress(FileNotFoundError):
            return self._postmaster_pid.read_bytes().splitlines()[7:8] in ([b"ready   "], [b"standby "])
        return False

    def forget_former_server(self) -> None:
        """Removes the process id of a former PostgreSQL, which may belong to another program by now.

        If a PostgreSQL was started on this folder by hand, its shared memory still keeps a second one from starting.
        """
        self._postmaster_pid.unlink(missing_ok=True)

    def shorten_log(self) -> None:
        """Limits the log, and one file of older entries, to a few megabytes."""
        with suppress(FileNotFoundError):
            if self.log.stat().st_size > _LARGEST_LOG:
                # PostgreSQL appends to the open file, so the file is truncated in place.
                former = self.log.with_suffix(".log.1")
                former.touch(mode=0o600)
                former.chmod(0o600)
                shutil.copyfile(self.log, former)
                os.truncate(self.log, 0)

    def failure(self, what: str, log_start: int) -> EmbeddedPostgresError:
        """Makes one sentence of what failed and of what the log says about it from the given position on."""
        with self.log.open("rb") as log:
            log.seek(log_start)
            lines = [line.strip() for line in log.read().decode(errors="replace").splitlines() if line.strip()]
        telling = [line.partition("] ")[2] or line for line in lines if any(word in line for word in _TELLING)]
        reason = "; ".join((telling or lines or ["it said nothing"])[-4:]).replace(str(CURRENT_FOLDER), str(self.data))
        if (free := shutil.disk_usage(self.path).free) < _LOW_DISK:
            reason += f"; the disk has only {free // 1024} KiB left"
        return EmbeddedPostgresError(f"PostgreSQL {what} in {self.path}: {reason} (more in {self.log}).")

    def socket_folder(self) -> Path | None:
        """Returns the socket folder of the PostgreSQL on these data; None if none is ready."""
        if not self.is_ready():
            return None
        return Path(os.fsdecode(self._postmaster_pid.read_bytes().splitlines()[4]))

    @property
    def _postmaster_pid(self) -> Path:
        return self.data / "postmaster.pid"


def _try_lock(file: IO[bytes]) -> bool:
    # An flock belongs to the open file, which a child may inherit; it ends with its last holder, however that dies.
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read_pid(file: IO[bytes]) -> int | None:
    text = os.pread(file.fileno(), 32, 0).strip()
    return int(text) if text.isdigit() else None
