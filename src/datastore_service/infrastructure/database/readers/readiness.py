"""Whether PostgreSQL answers."""

from dataclasses import dataclass

from sqlalchemy import select

from datastore_service.infrastructure.database.availability import unavailability_reported
from datastore_service.infrastructure.database.engine import ReadEngine
from datastore_service.infrastructure.database.views import record_view


@dataclass(frozen=True, slots=True)
class SqlReadiness:
    """Reads nothing from `record_view`: that takes the server, the pool, the schema and the grants."""

    engine: ReadEngine

    async def check(self) -> None:
        with unavailability_reported():
            async with self.engine.connect() as connection:
                await connection.execute(select(record_view.c.id).limit(0))
