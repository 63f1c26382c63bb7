"""How Alembic reaches the database: over the connection that the service, or a test, hands it."""

from alembic import context
from sqlalchemy import Connection, text

from datastore_service.infrastructure.database.models import Base

MIGRATION_LOCK = 0x_DA7A_5704
"""The advisory lock that one migrating process holds at a time; the number has no other meaning."""


def run() -> None:
    """Runs what Alembic was asked for in the transaction of the given connection."""
    connection: Connection = context.config.attributes["connection"]
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
    context.configure(connection=connection, target_metadata=Base.metadata, compare_server_default=True)
    context.run_migrations()


run()
