"""The log of changes: whether a failover is noticed."""

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from datastore_service.config.settings import Settings
from datastore_service.infrastructure.doctor.findings import Finding, warning

_SERVERS: Final = text("SELECT server, datastore_server() AS present FROM change_log")


async def failover(connection: AsyncConnection, _settings: Settings) -> Finding:
    """Looks at what a failover is noticed by."""
    server, present = (await connection.execute(_SERVERS)).one()
    if present is None:
        return warning("failover", "the database is a standby", "Have DATABASE_URL lead to the primary.")
    if present.startswith("started "):
        advice = "Let the owner of the schema execute pg_control_system() and pg_walfile_name(pg_lsn), if you can."
        return warning("failover", "noticed by the server's start: cursors expire with every restart", advice)
    seen = f"noticed by the timeline; this is {present}"
    return Finding(name="failover", detail=seen if server == present else f"{seen}, the log is still on {server}")
