"""Read a page of records as they are sent."""

from dataclasses import dataclass

from datastore_service.application.limits import Limits
from datastore_service.application.messages import Query
from datastore_service.application.read.criteria.question import EVERYTHING, RecordQuestion
from datastore_service.application.read.pagination import Page, PageRequest
from datastore_service.application.read.ports.readers import RecordReader
from datastore_service.application.views import JsonText


@dataclass(frozen=True, slots=True, kw_only=True)
class RenderRecords(Query[Page[JsonText]]):
    """Read what ListRecords reads, each record as the JSON text that clients are sent."""

    page: PageRequest
    question: RecordQuestion = EVERYTHING


@dataclass(frozen=True, slots=True)
class RenderRecordsHandler:
    """Reads from the view."""

    records: RecordReader
    limits: Limits

    async def handle(self, query: RenderRecords) -> Page[JsonText]:
        return await self.records.render(query.question.checked(self.limits), query.page)
