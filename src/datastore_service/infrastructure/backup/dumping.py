"""Makes a backup."""

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from datastore_service.config.database_settings import DatabaseSettings
from datastore_service.infrastructure.backup.place import database_at_hand, look_into
from datastore_service.infrastructure.backup.programs import BackupError, programs_for

if sys.platform != "win32":
    import fcntl

_LOCK_WAIT: Final = "60s"


async def back_up(settings: DatabaseSettings, file: Path) -> int:
    """Writes a snapshot of the database to a file, while clients go on writing; the file is complete or not there.

    Args:
        settings: Name the database; a running Datastore may use the embedded one meanwhile.
        file: The target; an existing file is replaced once the new one is complete.

    Returns:
        The size of the file.

    Raises:
        BackupError: The backup failed; an existing file is unchanged.
    """
    async with database_at_hand(settings, empty=False) as url:
        state = await look_into(url, settings)
        programs = await programs_for(url, state.server_version)
        with _complete_or_absent(file) as partial:
            options = ("--format=custom", "--no-owner", f"--lock-wait-timeout={_LOCK_WAIT}", f"--file={partial}")
            async with programs.running("pg_dump", *options) as dumping:
                await dumping.succeed()
            # The backup is read as a test before it replaces another file.
            async with programs.running("pg_restore", "--list", str(partial)) as reading:
                await reading.succeed()
            size = partial.stat().st_size
    return size


@contextmanager
def _complete_or_absent(file: Path) -> Generator[Path]:
    """Yields a temporary file that only its owner may read, and renames it once everything is on the disk."""
    partial = file.with_name(f".{file.name}.partial")
    try:
        with os.fdopen(os.open(partial, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as held:
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BackupError(f"Another backup is being written to {file}.") from None
            try:
                yield partial
                os.fsync(held.fileno())
                partial.replace(file)
            except BaseException:
                partial.unlink(missing_ok=True)
                raise
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        raise BackupError(f"{file} cannot be written: {error.strerror}.") from error
