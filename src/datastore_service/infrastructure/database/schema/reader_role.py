"""The database role of the read side, which can only read the views."""

import logging

from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from datastore_service.infrastructure.database.engine.error_translation import translate_database_errors
from datastore_service.infrastructure.database.schema.views import VIEWS

READER_ROLE = "datastore_reader"
"""The database role of the read side. It may SELECT from the views, and nothing else."""

_log = logging.getLogger(__name__)


async def find_reader_role(engine: AsyncEngine) -> str | None:
    """Returns the role if the user may become it and read each view; otherwise logs what an administrator can do.

    Raises:
        StoreUnavailable: The database cannot be reached.
    """
    with translate_database_errors():
        try:
            async with engine.connect() as connection:
                await read_as_reader(connection)
        except DBAPIError as error:
            _log.warning(
                "The read side has no role of its own in this database (%s). It reads in read-only transactions of the "
                "user that DATABASE_URL names. To give it one, let an administrator run in this database: %s",
                str(error.orig).rpartition(": ")[2],
                await _missing_grants(engine),
            )
            return None
    return READER_ROLE


async def read_as_reader(connection: AsyncConnection) -> None:
    """Becomes the reader until the transaction ends, and reads each view.

    Raises:
        DBAPIError: The role or a grant is missing.
    """
    await connection.execute(text(f"SET LOCAL ROLE {READER_ROLE}"))
    for view in VIEWS:
        await connection.execute(select(view).limit(0))


async def missing_grants(connection: AsyncConnection) -> str:
    """Returns the SQL with which an administrator gives the connection's user the read side's role."""
    user = await connection.scalar(text("SELECT session_user::text"))
    role_exists = await connection.scalar(text("SELECT to_regrole(:role) IS NOT NULL"), {"role": READER_ROLE})
    return reader_role_sql(user or "", role_exists=bool(role_exists))


async def _missing_grants(engine: AsyncEngine) -> str:
    async with engine.connect() as connection:
        return await missing_grants(connection)


def reader_role_sql(user: str, *, role_exists: bool = False) -> str:
    """Returns the SQL with which an administrator creates the read side's role, once the views exist.

    Args:
        user: The database user of the service.
        role_exists: Whether the server has the role already, which all of its databases share.
    """
    views = ", ".join(view.name for view in VIEWS)
    quoted = user.replace('"', '""')
    create = "" if role_exists else f"CREATE ROLE {READER_ROLE} NOLOGIN; "
    return f'{create}GRANT SELECT ON {views} TO {READER_ROLE}; GRANT {READER_ROLE} TO "{quoted}";'
