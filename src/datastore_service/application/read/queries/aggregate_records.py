"""Count and add up records, in groups."""

from dataclasses import dataclass

from datastore_service.application.limits import Limits
from datastore_service.application.messages import Query
from datastore_service.application.read.criteria.aggregates import AggregateCriteria, Aggregates
from datastore_service.application.read.criteria.record_criteria import RecordCriteria
from datastore_service.application.read.ports.readers import RecordReader


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregateRecords(Query[Aggregates]):
    """Compute counts, sums, averages, minima and maxima of records, in groups."""

    asked: AggregateCriteria

    @property
    def criteria(self) -> RecordCriteria:
        """The records that are meant."""
        return self.asked.records


@dataclass(frozen=True, slots=True)
class AggregateRecordsHandler:
    """Asks the view."""

    records: RecordReader
    limits: Limits

    async def handle(self, query: AggregateRecords) -> Aggregates:
        query.asked.check(self.limits)
        query.asked.records.checked(self.limits)
        return await self.records.aggregate(query.asked)
