"""Find out what a purge would remove."""

from dataclasses import dataclass
from datetime import datetime

from datastore_service.application.messages import Query
from datastore_service.application.ports.clock import Clock
from datastore_service.application.ports.history import HistoryReader, Purgeable


@dataclass(frozen=True, slots=True, kw_only=True)
class CountPurgeable(Query[Purgeable]):
    """Count the records that were deleted before a time, and the revisions that collections do not keep."""

    deleted_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class CountPurgeableHandler:
    """Counts in the views."""

    history: HistoryReader
    clock: Clock

    async def handle(self, query: CountPurgeable) -> Purgeable:
        return await self.history.purgeable(query.deleted_before, self.clock.now())
