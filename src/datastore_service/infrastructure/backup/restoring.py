"""Restores a backup: all of it in one transaction, or nothing."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Final, cast

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from datastore_service.application.errors import StoreUnavailable
from datastore_service.config.database_settings import DatabaseSettings
from datastore_service.infrastructure.backup.place import connected, database_at_hand, look_into
from datastore_service.infrastructure.backup.programs import BackupError, Programs, Running, programs_for
from datastore_service.infrastructure.database.engine.connecting import connector
from datastore_service.infrastructure.database.engine.sql_engines import create_engine
from datastore_service.infrastructure.database.feed import log_epoch
from datastore_service.infrastructure.database.schema.reader_role import READER_ROLE

_CHUNK: Final = 1 << 16

_BEGIN: Final = "BEGIN;\nSET LOCAL client_min_messages = error;\nSET LOCAL lock_timeout = '10s';\n"

# The present contents are dropped in the same transaction; what belongs to an extension stays.
_EMPTY: Final = """
DO $$
DECLARE statement text;
BEGIN
  FOR statement IN
    SELECT format('DROP %s IF EXISTS public.%I CASCADE', CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN
      'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' ELSE 'TABLE' END, relname)
    FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S')
      AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype IN ('e', 'i'))
    ORDER BY relkind = 'S', relkind IN ('r', 'p')
  LOOP EXECUTE statement; END LOOP;
  FOR statement IN
    SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', pg_proc.oid::regprocedure)
    FROM pg_proc WHERE pronamespace = 'public'::regnamespace
      AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
  LOOP EXECUTE statement; END LOOP;
  FOR statement IN
    SELECT format('DROP TYPE IF EXISTS public.%I CASCADE', typname)
    FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd', 'r')
      AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_type.oid AND deptype = 'e')
  LOOP EXECUTE statement; END LOOP;
END $$;
"""

# The log begins a new epoch in the same transaction, because cursors of clients may refer to lost changes. The server
# is unset, so that the service moves the stored positions when it starts, if this process does not get to it.
_COMMIT: Final = """
DO $$
BEGIN
  IF to_regclass('public.change_log') IS NOT NULL THEN
    UPDATE public.change_log SET epoch = epoch + 1 + floor(random() * 1000000)::bigint;
  END IF;
  IF to_regproc('public.datastore_server') IS NOT NULL THEN
    UPDATE public.change_log SET server = NULL;
  END IF;
END $$;
COMMIT;
"""
_UNDEFINED: Final = ("42P01", "42703")
"""The errors of a query on an older schema that lacks a table or a column."""

_ROLE: Final = f"""
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{READER_ROLE}') THEN
    CREATE ROLE {READER_ROLE} NOLOGIN;
  END IF;
  IF NOT pg_has_role(current_user, '{READER_ROLE}', 'MEMBER') THEN
    GRANT {READER_ROLE} TO CURRENT_USER;
  END IF;
END $$
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """The result of a restoration.

    Attributes:
        revision: The revision of the schema.
        reader: Whether the read side's role and its grants exist.
    """

    revision: str
    reader: bool


async def restore(settings: DatabaseSettings, file: Path, *, replace: bool) -> Restored:
    """Returns the database to the state of the backup.

    Args:
        settings: Name the database; no service may use it meanwhile.
        file: The backup.
        replace: Whether the present contents may be dropped.

    Raises:
        BackupError: The restoration failed; the database is unchanged.
    """
    if not await asyncio.to_thread(file.is_file):
        raise BackupError(f"{file} is not there.")
    async with database_at_hand(settings, empty=True) as url:
        state = await look_into(url, settings)
        if state.served:
            raise BackupError(f"A Datastore is using the database ({state.served} connections): stop it first.")
        if state.filled and not replace:
            raise BackupError(
                f"The database is not empty (there are rows in {', '.join(state.filled)}): restore into another one, "
                "or drop its contents with --replace."
            )
        programs = await programs_for(url, state.server_version)
        async with programs.running("pg_restore", "--list", str(file)) as reading:
            if await reading.process.wait() != 0:
                raise BackupError(f"{file} is not a backup that can be read: {reading.reason()}")
        reader = await _reader_role(url, settings)
        await _put_back(programs, file, grants=reader)
        async with connected(url, settings) as connection:
            revision = await connection.scalar(text("SELECT max(version_num) FROM alembic_version"))
            await connection.execute(text("ANALYZE"))
        await _begin_anew(url, settings)
    return Restored(revision=revision or "none", reader=reader)


async def _reader_role(url: str, settings: DatabaseSettings) -> bool:
    """Makes sure that the role exists to which the backup grants; a backup does not contain roles."""
    try:
        async with connected(url, settings) as connection:
            await connection.execute(text(_ROLE))
    except BackupError as error:
        if isinstance(error.__cause__, DBAPIError):
            return False
        raise
    return True


async def _begin_anew(url: str, settings: DatabaseSettings) -> None:
    """Moves the log's consumers to their positions in the new epoch, and renumbers its changes for this server."""
    engine = create_engine(connector(url, settings, {"application_name": "datastore-backup"}), poolclass=NullPool)
    try:
        await log_epoch.rotate(engine)
    except DBAPIError as error:
        # The backup is older than consumers; the service repairs it when it starts.
        if getattr(error.orig, "sqlstate", None) not in _UNDEFINED:
            raise
    except StoreUnavailable as error:
        raise BackupError(
            f"The data are restored, but the log is not updated yet: {error.detail} Start the service."
        ) from error


async def _put_back(programs: Programs, file: Path, *, grants: bool) -> None:
    """Pipes the backup to psql as SQL. It is committed only after all of it was read; otherwise it is rolled back."""
    options = ["--file=-", "--no-owner", *([] if grants else ["--no-privileges"])]
    pipe = asyncio.subprocess.PIPE
    async with (
        programs.running("pg_restore", *options, str(file), stdout=pipe) as reading,
        programs.running("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-", stdin=pipe) as writing,
    ):
        try:
            await _hand_over(reading, writing)
        except (BrokenPipeError, ConnectionResetError):
            # psql stopped at an error and says more about it than pg_restore, whose output it no longer reads.
            await writing.succeed()
        await writing.succeed()


async def _hand_over(reading: Running, writing: Running) -> None:
    source = cast("asyncio.StreamReader", reading.process.stdout)
    sink = cast("asyncio.StreamWriter", writing.process.stdin)
    sink.write((_BEGIN + _EMPTY).encode())
    while chunk := await source.read(_CHUNK):
        sink.write(chunk)
        await sink.drain()
    await reading.succeed()
    sink.write(_COMMIT.encode())
    await sink.drain()
    sink.close()
    await sink.wait_closed()
