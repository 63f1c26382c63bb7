"""The key that signs cursors; the database keeps it for all processes."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from datastore_service.infrastructure.database.engine.error_translation import translate_database_errors
from datastore_service.infrastructure.database.schema.models import CursorKeyRow


async def cursor_key(engine: AsyncEngine) -> bytes:
    """Returns the key that the migrations have created; the read side's role cannot see it.

    Raises:
        StoreUnavailable: The database cannot be reached.
    """
    with translate_database_errors():
        async with engine.connect() as connection:
            return (await connection.execute(select(CursorKeyRow.__table__.c.key))).scalar_one()
