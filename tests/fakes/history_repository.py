"""What records were, as a unit of work in memory sees it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from datastore_service.domain.records.events import RecordChanged


@dataclass(frozen=True, slots=True)
class InMemoryHistoryRepository:
    """Reads what has been committed, and what the unit of work has changed."""

    changes: Callable[[], Sequence[RecordChanged]]

    async def at_version(self, record_id: UUID, version: int) -> RecordChanged | None:
        found = [each for each in self.changes() if (each.record_id, each.version) == (record_id, version)]
        return found[0] if found else None

    async def as_of(self, record_ids: Collection[UUID], at: datetime) -> Mapping[UUID, RecordChanged]:
        return {each.record_id: each for each in self.changes() if each.record_id in record_ids and each.at <= at}

    async def changed_since(self, collection: str, at: datetime, limit: int) -> Sequence[UUID]:
        found = {each.record_id for each in self.changes() if each.collection == collection and each.at > at}
        return sorted(found)[:limit]
