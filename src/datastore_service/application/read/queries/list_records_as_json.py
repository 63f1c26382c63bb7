"""Read a page of records as they are sent."""

from dataclasses import dataclass

from datastore_service.application.limits import Limits
from datastore_service.application.messages import Query
from datastore_service.application.read.criteria.record_criteria import EVERYTHING, RecordCriteria
from datastore_service.application.read.pagination import Page, PageRequest
from datastore_service.application.read.ports.readers import RecordReader
from datastore_service.application.views import JsonText


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRecordsAsJson(Query[Page[JsonText]]):
    """Read what ListRecords reads, each record as the JSON text that clients are sent."""

    page: PageRequest
    criteria: RecordCriteria = EVERYTHING


@dataclass(frozen=True, slots=True)
class ListRecordsAsJsonHandler:
    """Reads from the view."""

    records: RecordReader
    limits: Limits

    async def handle(self, query: ListRecordsAsJson) -> Page[JsonText]:
        return await self.records.render(query.criteria.checked(self.limits), query.page)
