"""Checks of the change log: whether failovers are detected, and what keeps changes from being purged."""

from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from datastore_service.config.settings import Settings
from datastore_service.infrastructure.doctor.findings import Finding, warning

_SERVERS: Final = text("SELECT server, datastore_server() AS present FROM change_log")


async def failover(connection: AsyncConnection, _settings: Settings) -> Finding:
    """Checks how a failover is detected."""
    server, present = (await connection.execute(_SERVERS)).one()
    if present is None:
        return warning("failover", "the database is a standby", "Have DATABASE_URL lead to the primary.")
    if present.startswith("started "):
        advice = "Let the owner of the schema execute pg_control_system() and pg_walfile_name(pg_lsn), if you can."
        return warning("failover", "noticed by the server's start: cursors expire with every restart", advice)
    seen = f"noticed by the timeline; this is {present}"
    return Finding(name="failover", detail=seen if server == present else f"{seen}, the log is still on {server}")


_IDLE: Final = text("""
SELECT format('consumer %L', name) FROM consumers WHERE acknowledged_at < now() - interval '7 days'
UNION ALL SELECT format('disabled webhook %L', name) FROM webhooks WHERE NOT enabled ORDER BY 1
""")


async def followers(connection: AsyncConnection, _settings: Settings) -> Finding:
    """Finds consumers that have acknowledged nothing for a week, and disabled webhooks."""
    idle = list(await connection.scalars(_IDLE))
    if not idle:
        return Finding(name="followers", detail="no consumer or webhook looks unused")
    advice = "Purges keep the changes that they have not received: delete those that are no longer used."
    return warning("followers", f"perhaps unused: {', '.join(idle)}", advice)
