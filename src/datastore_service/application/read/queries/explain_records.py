"""Find out how a page of records is read."""

from collections.abc import Sequence
from dataclasses import dataclass

from datastore_service.application.advice import Advice
from datastore_service.application.limits import Limits
from datastore_service.application.messages import Query
from datastore_service.application.read.advisor import Advisor
from datastore_service.application.read.criteria.record_criteria import RecordCriteria
from datastore_service.application.read.pagination import PageRequest
from datastore_service.application.read.ports.plans import Planner


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The plan, as lines for people, and what would make it a better one."""

    plan: str
    advice: Sequence[Advice]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainRecords(Query[Explanation]):
    """Find out how a page of records is read, and which index that lacks."""

    criteria: RecordCriteria
    page: PageRequest
    measured: bool = False


@dataclass(frozen=True, slots=True)
class ExplainRecordsHandler:
    """Asks for the plan of the statement that `ListRecords` is answered from."""

    planner: Planner
    advisor: Advisor
    limits: Limits

    async def handle(self, query: ExplainRecords) -> Explanation:
        criteria = query.criteria.checked(self.limits)
        plan = await self.planner.plan(criteria, query.page, measured=query.measured)
        return Explanation(plan=plan, advice=await self.advisor.on(criteria))
