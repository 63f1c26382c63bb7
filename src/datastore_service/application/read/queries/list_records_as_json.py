"""Read a page of records as it is sent."""

from dataclasses import dataclass

from datastore_service.application.limits import Limits
from datastore_service.application.messages import Query
from datastore_service.application.read.criteria.record_criteria import EVERYTHING, RecordCriteria
from datastore_service.application.read.pagination import PageRequest, TextPage
from datastore_service.application.read.ports.readers import RecordReader


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRecordsAsJson(Query[TextPage]):
    """Read what ListRecords reads, as the JSON text that clients are sent."""

    page: PageRequest
    criteria: RecordCriteria = EVERYTHING


@dataclass(frozen=True, slots=True)
class ListRecordsAsJsonHandler:
    """Reads from the view."""

    records: RecordReader
    limits: Limits

    async def handle(self, query: ListRecordsAsJson) -> TextPage:
        return await self.records.text(query.criteria.checked(self.limits), query.page)
