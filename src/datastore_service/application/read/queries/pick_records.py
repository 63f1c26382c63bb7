"""Read parts of records."""

from dataclasses import dataclass

from datastore_service.application.fields import Field
from datastore_service.application.limits import Limits
from datastore_service.application.messages import Query
from datastore_service.application.read.criteria.picking import pickable
from datastore_service.application.read.criteria.question import EVERYTHING, RecordQuestion
from datastore_service.application.read.pagination import Page, PageRequest
from datastore_service.application.read.ports.readers import RecordReader
from datastore_service.application.views import PickedRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class PickRecords(Query[Page[PickedRecord]]):
    """Read some fields of records, page by page; nothing else of them is read."""

    fields: tuple[Field, ...]
    page: PageRequest
    question: RecordQuestion = EVERYTHING


@dataclass(frozen=True, slots=True)
class PickRecordsHandler:
    """Reads from the view."""

    records: RecordReader
    limits: Limits

    async def handle(self, query: PickRecords) -> Page[PickedRecord]:
        fields = pickable(query.fields)
        return await self.records.pick(query.question.checked(self.limits), query.page, fields)
