"""How the store goes about answering."""

from typing import Protocol

from datastore_service.application.read.criteria.record_criteria import RecordCriteria
from datastore_service.application.read.pagination import PageRequest


class Planner(Protocol):
    """Knows how questions are answered."""

    async def plan(self, criteria: RecordCriteria, request: PageRequest, *, measured: bool) -> str:
        """Returns how the store would read this page of records, as lines for people.

        Args:
            criteria: Which records are meant.
            request: Which page of them.
            measured: Whether the page is really read, so that the plan has measured times (EXPLAIN ANALYZE).

        Raises:
            StoreUnavailable: The store cannot be reached.
        """
        ...
