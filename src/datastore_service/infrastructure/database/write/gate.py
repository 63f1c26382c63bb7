"""The gate before the writers of a collection: a column that the statements of group commit look at."""

from dataclasses import dataclass
from typing import Final

from datastore_service.infrastructure.database.engine.error_translation import translate_database_errors
from datastore_service.infrastructure.database.engine.pools import WritePool

# Longer than a change waits for its lock, so that it opens only for one that was given up. The key of the row does not
# change, so the statement waits for no writer.
_SHUT: Final = "UPDATE collections SET gated_until = clock_timestamp() + interval '15 seconds' WHERE name = $1"


@dataclass(frozen=True, slots=True)
class SqlWriteGate:
    """Shuts it in a transaction of its own, so that others see it before the change is committed."""

    pool: WritePool

    async def shut(self, name: str) -> None:
        with translate_database_errors():
            await self.pool.fetch(_SHUT, [name])
