"""The embedded PostgreSQL, which is used without a DATABASE_URL."""

from datastore_service.infrastructure.embedded.data_folder import EmbeddedPostgresError
from datastore_service.infrastructure.embedded.server import embedded_postgres

__all__ = ["EmbeddedPostgresError", "embedded_postgres"]
