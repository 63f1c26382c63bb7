"""Read parts of records."""

from dataclasses import dataclass

from datastore_service.application.fields import Field
from datastore_service.application.limits import Limits
from datastore_service.application.messages import Query
from datastore_service.application.read.criteria.projection import pickable
from datastore_service.application.read.criteria.record_criteria import EVERYTHING, RecordCriteria
from datastore_service.application.read.pagination import Page, PageRequest
from datastore_service.application.read.ports.readers import RecordReader
from datastore_service.application.views import ProjectedRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectRecords(Query[Page[ProjectedRecord]]):
    """Read some fields of records, page by page; nothing else of them is read."""

    fields: tuple[Field, ...]
    page: PageRequest
    criteria: RecordCriteria = EVERYTHING


@dataclass(frozen=True, slots=True)
class ProjectRecordsHandler:
    """Reads from the view."""

    records: RecordReader
    limits: Limits

    async def handle(self, query: ProjectRecords) -> Page[ProjectedRecord]:
        fields = pickable(query.fields)
        return await self.records.pick(query.criteria.checked(self.limits), query.page, fields)
