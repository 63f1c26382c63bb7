"""Readiness: whether PostgreSQL answers on all pools, with at least the schema revision of the start."""

import asyncio
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Final

import asyncpg
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from datastore_service.application.errors import StoreUnavailable
from datastore_service.infrastructure.database.engine.error_translation import translate_database_errors
from datastore_service.infrastructure.database.engine.pools import (
    ByKeyPool,
    CustomPlanPool,
    ListPool,
    ReadPool,
    SchemaRevision,
    WriteEngine,
    WritePool,
)
from datastore_service.infrastructure.database.schema.models import CollectionRow
from datastore_service.infrastructure.database.schema.views import record_view

_SECONDS: Final = 2.0
"""The time limit for PostgreSQL's answer; orchestrators do not wait long either."""

_NOTHING: Final = select(record_view.c.id).limit(0)
_WRITES: Final = select(CollectionRow.__table__.c.id).limit(0)


@dataclass(frozen=True, slots=True)
class SqlReadiness:
    """Reads no rows from `record_view`: this needs the server, the pool, the schema and the grants.

    Each pool is checked on the connection that its next user would get, because one pool's may be dead while others
    work.
    """

    write: WriteEngine
    read: ReadPool
    planning: CustomPlanPool
    keyed: ByKeyPool
    lists: ListPool
    gathered: WritePool
    revision: SchemaRevision

    async def checks(self) -> Mapping[str, str | None]:
        reading = (self.read, self.planning, self.keyed, self.lists)
        (database, schema), writes, reads = await asyncio.gather(
            self._write_side(),
            _problem(self.gathered.read(_WRITES, {})),
            asyncio.gather(*(_problem(pool.read(_NOTHING, {})) for pool in reading)),
        )
        read_side = next((problem for problem in reads if problem), None)
        return {"database": database or writes, "read_side": read_side, "schema": schema}

    async def _write_side(self) -> tuple[str | None, str | None]:
        """Returns the problems of the primary database, and of its schema."""
        found: list[str] = []

        async def look() -> None:
            async with self.write.connect() as connection:
                if await connection.scalar(text("SELECT pg_is_in_recovery()")):
                    raise StoreUnavailable("The database is a standby, which accepts no writes.")
                found.append(await connection.scalar(text("SELECT max(version_num) FROM alembic_version")) or "")

        problem = await _problem(look())
        # A later revision is accepted, because migrations only add (adr/0016); the names sort in their order.
        if not found or found[0] >= self.revision:
            return problem, None
        return problem, f"The schema is at revision {found[0] or 'none'}; at the start it was {self.revision}."


async def _problem(look: Awaitable[object]) -> str | None:
    try:
        async with asyncio.timeout(_SECONDS):
            with translate_database_errors():
                await look
    except TimeoutError:
        return f"The database does not answer within {_SECONDS:g} seconds."
    except StoreUnavailable as error:
        return error.detail
    except (DBAPIError, asyncpg.PostgresError) as error:
        reason = str(error.orig if isinstance(error, DBAPIError) else error).rpartition(">: ")[2]
        return f"The database refuses: {reason}."
    return None
