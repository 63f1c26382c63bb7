"""Folders with the data of an embedded PostgreSQL whose schema is up to date: made once a run, and copied.

PostgreSQL prepares new data in a second or two, most of it waiting for the disk; a copy is there in a tenth. What the
tests kill are processes and not machines, so nothing has to be on the disk: its configuration in the folder says so.
"""

import fcntl
import os
import shutil
import tempfile
from pathlib import Path
from typing import Final

from datastore_service.config.loader import load_settings
from datastore_service.database import open_database
from datastore_service.infrastructure.embedded import embedded_postgres

FORMER_DATA: Final = "TESTS_FORMER_DATA"
"""The environment variable with such a folder of a former state of the project, which is brought up to date instead."""

_NOT_TO_THE_DISK: Final = "fsync = off\nfull_page_writes = off\n"


async def prepared(shared: Path) -> Path:
    """Returns the folder to be copied, which the first of the workers makes in the folder that they share."""
    made = shared / "data-folder"
    with (shared / "data-folder.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            # Not below pytest's own folder: that is only for the user who runs the tests, who may not be PostgreSQL's.
            with tempfile.TemporaryDirectory(prefix="datastore-tests-") as name:
                folder, former = Path(name) / "data", os.environ.get(FORMER_DATA)
                if former:
                    copy(Path(former), folder)
                async with embedded_postgres(folder) as url:
                    settings = load_settings([], {"DATASTORE_ENV": "test", "DATABASE_URL": url})
                    async with open_database(settings):
                        pass
                if not former:
                    with (folder / "postgres/postgresql.auto.conf").open("a") as configuration:
                        configuration.write(_NOT_TO_THE_DISK)
                shutil.copytree(folder, made.with_suffix(".new"))
            made.with_suffix(".new").rename(made)
    return made


def copy(made: Path, folder: Path) -> Path:
    """Copies it to the folder, which is not there yet, and returns that."""
    shutil.copytree(made, folder)
    return folder
