"""How Alembic reaches the database: over the connection that the service, or a test, hands it."""

from alembic import context
from sqlalchemy import Connection

from datastore_service.infrastructure.database.schema.models import Base


def run() -> None:
    """Runs what Alembic was asked for in the transaction of the given connection."""
    connection: Connection = context.config.attributes["connection"]
    context.configure(connection=connection, target_metadata=Base.metadata, compare_server_default=True)
    context.run_migrations()


run()
