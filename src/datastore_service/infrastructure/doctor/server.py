"""Checks of PostgreSQL: version, clock, schema, read side, and what may cause trouble later."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from datastore_service.config.settings import Settings
from datastore_service.infrastructure.database.engine.pools import most_connections
from datastore_service.infrastructure.database.schema.reader_role import READER_ROLE, missing_grants, read_as_reader
from datastore_service.infrastructure.database.schema.upgrade import alembic_config
from datastore_service.infrastructure.doctor.feed import failover, followers
from datastore_service.infrastructure.doctor.findings import Finding, problem, warning

type Look = Callable[[AsyncConnection, Settings], Awaitable[Finding]]

_OLDEST: Final = 14
_SKEW: Final = timedelta(seconds=1)
_LONG: Final = timedelta(minutes=5)
_LAG: Final = timedelta(seconds=10)


async def server(connection: AsyncConnection, _settings: Settings) -> Finding:
    """Checks the version and the encoding."""
    number = int(await connection.scalar(text("SHOW server_version_num")) or 0) // 10_000
    version, encoding = (
        await connection.scalar(text("SHOW server_version")),
        await connection.scalar(text("SHOW server_encoding")),
    )
    seen = f"PostgreSQL {version}, {encoding}"
    if number < _OLDEST:
        return problem("server", seen, f"Use PostgreSQL {_OLDEST} or newer.")
    if encoding != "UTF8":
        return problem("server", seen, "Create the database again with ENCODING 'UTF8': JSON is Unicode.")
    return Finding(name="server", detail=seen)


async def schema(connection: AsyncConnection, _settings: Settings) -> Finding:
    """Compares the schema's revision with that of this version."""
    found = await connection.run_sync(lambda sync: MigrationContext.configure(sync).get_current_revision())
    script = await connection.run_sync(lambda sync: ScriptDirectory.from_config(alembic_config(sync)))
    newest = script.get_current_head()
    if found == newest:
        return Finding(name="schema", detail=f"at revision {found}, which is this version's")
    if found is None or found in {known.revision for known in script.walk_revisions()}:
        seen = f"at revision {found}" if found else "not there yet"
        return problem(
            "schema", f"{seen}; this version's is {newest}", "Run `datastore migrate`, or let `serve` do it."
        )
    advice = "Run the version that migrated it; this one serves only with DATASTORE_MIGRATE=false."
    return warning("schema", f"at revision {found}, which is newer than this version's {newest}", advice)


async def read_role(connection: AsyncConnection, _settings: Settings) -> Finding:
    """Tries to become the reader, and to read each view."""
    try:
        await read_as_reader(connection)
    except DBAPIError as error:
        await connection.rollback()
        seen = f"queries run as the user of DATABASE_URL ({str(error.orig).rpartition('>: ')[2]})"
        advice = f"Let an administrator run in this database: {await missing_grants(connection)}"
        return warning("read role", seen, advice)
    return Finding(name="read role", detail=f"queries run as {READER_ROLE}, which can only read")


async def clock(connection: AsyncConnection, _settings: Settings) -> Finding:
    """Compares the clocks, as exactly as the query's duration allows."""
    before = datetime.now(UTC)
    there = await connection.scalar(text("SELECT clock_timestamp()")) or before
    after = datetime.now(UTC)
    skew = max(before - there, there - after, timedelta())
    seen = f"{skew.total_seconds() * 1000:.0f} ms from the server's"
    if skew > _SKEW:
        return warning("clock", seen, "Have both machines keep time by NTP: ids and times are made here.")
    return Finding(name="clock", detail=seen)


async def connections(connection: AsyncConnection, settings: Settings) -> Finding:
    """Counts the connections that one service with all its workers may take, and those that the server has."""
    most = int(await connection.scalar(text("SHOW max_connections")) or 0)
    taken = await connection.scalar(text("SELECT count(*) FROM pg_stat_activity")) or 0
    one = settings.server.workers * most_connections(settings.database)
    seen = f"{taken} of {most} taken; one service takes up to {one}"
    if one > most:
        return problem("connections", seen, "Raise max_connections, or lower the sizes of the pools or the workers.")
    if taken > most * 0.9:
        return warning(
            "connections", seen, "Raise max_connections, lower the sizes of the pools, or run fewer workers."
        )
    return Finding(name="connections", detail=seen)


async def indexes(connection: AsyncConnection, _settings: Settings) -> Finding:
    """Finds unfinished indexes, which are updated but never used."""
    invalid = list(
        await connection.scalars(
            text("SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid ORDER BY 1")
        )
    )
    if invalid:
        advice = f"Run REINDEX INDEX CONCURRENTLY {invalid[0]}; or drop it, unless one is being built right now."
        return warning("indexes", f"not valid: {', '.join(invalid)}", advice)
    return Finding(name="indexes", detail="all are valid")


async def transactions(connection: AsyncConnection, _settings: Settings) -> Finding:
    """Finds transactions that are open for long: they hold up VACUUM and migrations."""
    oldest = await connection.scalar(
        text("SELECT max(now() - xact_start) FROM pg_stat_activity WHERE backend_type = 'client backend'")
    )
    seen = f"the oldest has been open for {(oldest or timedelta()).total_seconds():.0f} s"
    if oldest and oldest > _LONG:
        return warning("transactions", seen, "Find it in pg_stat_activity, and end it if it is not needed.")
    return Finding(name="transactions", detail=seen)


async def replica(connection: AsyncConnection) -> Finding:
    """Checks on the replica how far it is behind."""
    if not await connection.scalar(text("SELECT pg_is_in_recovery()")):
        return problem("replica", "is not a replica: it accepts writes", "Correct READ_DATABASE_URL.")
    lag = await connection.scalar(
        text(
            "SELECT CASE WHEN pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() THEN interval '0' "
            "ELSE now() - pg_last_xact_replay_timestamp() END"
        )
    )
    if lag is None:
        return warning("replica", "has replayed nothing yet", "Look into its log, unless the primary is new.")
    seen = f"{lag.total_seconds():.1f} s behind"
    if lag > _LAG:
        return warning("replica", seen, "Queries see old data: check its load, and the network between.")
    return Finding(name="replica", detail=seen)


LOOKS: Final[Sequence[Look]] = (
    server,
    schema,
    read_role,
    clock,
    connections,
    indexes,
    transactions,
    failover,
    followers,
)
"""In the order of the output."""
