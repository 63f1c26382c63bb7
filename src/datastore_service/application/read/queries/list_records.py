"""Read a page of records."""

from dataclasses import dataclass, field

from datastore_service.application.limits import Limits
from datastore_service.application.messages import Query
from datastore_service.application.read.criteria.record_criteria import EVERYTHING, RecordCriteria
from datastore_service.application.read.pagination import Page, PageRequest
from datastore_service.application.read.ports.readers import RecordReader
from datastore_service.application.views import COSTLY_MEMBERS, CostlyMember, RecordView


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRecords(Query[Page[RecordView]]):
    """Read a page of the records of one collection, or of all, in the given order and then by id."""

    # `members` is not compared: two queries for the same records are equal, however much of each record they read.

    page: PageRequest
    criteria: RecordCriteria = EVERYTHING
    members: frozenset[CostlyMember] = field(default=COSTLY_MEMBERS, compare=False)


@dataclass(frozen=True, slots=True)
class ListRecordsHandler:
    """Reads from the view."""

    records: RecordReader
    limits: Limits

    async def handle(self, query: ListRecords) -> Page[RecordView]:
        return await self.records.page(query.criteria.checked(self.limits), query.page, query.members)
