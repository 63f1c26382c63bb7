"""Count records."""

from dataclasses import dataclass

from datastore_service.application.messages import Query
from datastore_service.application.ports.readers import RecordReader
from datastore_service.domain.records.values import collection_name


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRecords(Query[int]):
    """Count the records of one collection, or of all."""

    collection: str | None = None


@dataclass(frozen=True, slots=True)
class CountRecordsHandler:
    """Counts in the view."""

    records: RecordReader

    async def handle(self, query: CountRecords) -> int:
        collection = None if query.collection is None else collection_name(query.collection)
        return await self.records.count(collection)
