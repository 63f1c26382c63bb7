"""Count records."""

from dataclasses import dataclass

from datastore_service.application.limits import Limits
from datastore_service.application.messages import Query
from datastore_service.application.read.criteria.record_criteria import EVERYTHING, RecordCriteria
from datastore_service.application.read.ports.readers import RecordReader


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRecords(Query[int]):
    """Count records, of one collection or of all."""

    criteria: RecordCriteria = EVERYTHING


@dataclass(frozen=True, slots=True)
class CountRecordsHandler:
    """Counts in the view."""

    records: RecordReader
    limits: Limits

    async def handle(self, query: CountRecords) -> int:
        return await self.records.count(query.criteria.checked(self.limits))
