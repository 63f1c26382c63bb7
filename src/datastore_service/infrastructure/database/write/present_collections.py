"""Collections as they are at the moment, without locks."""

from dataclasses import dataclass

from datastore_service.domain.collections.collection import Collection
from datastore_service.infrastructure.database.engine.error_translation import translate_database_errors
from datastore_service.infrastructure.database.engine.pools import WritePool
from datastore_service.infrastructure.database.write.repositories.collections import BY_NAME, collection_of


@dataclass(frozen=True, slots=True)
class SqlPresentCollections:
    """Reads their table through the pool of group commit."""

    pool: WritePool

    async def get(self, name: str) -> Collection | None:
        with translate_database_errors():
            rows = await self.pool.read(BY_NAME, {"name": name})
        return collection_of(rows[0]) if rows else None
