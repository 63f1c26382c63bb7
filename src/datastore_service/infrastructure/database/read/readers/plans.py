"""PostgreSQL's plans of the statements that read records."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from datastore_service.application.limits import Limits
from datastore_service.application.read.criteria.record_criteria import RecordCriteria
from datastore_service.application.read.pagination import PageRequest
from datastore_service.infrastructure.database.engine.pool import Rows
from datastore_service.infrastructure.database.engine.pools import ReadPool
from datastore_service.infrastructure.database.read.readers.records import SqlRecordReader


@dataclass(frozen=True, slots=True)
class SqlPlanner:
    """Runs the reader of records on a pool that explains statements."""

    engine: ReadPool
    limits: Limits

    async def plan(self, criteria: RecordCriteria, request: PageRequest, *, measured: bool) -> str:
        explaining = _Explaining(self.engine, "EXPLAIN (ANALYZE, BUFFERS)" if measured else "EXPLAIN")
        pool = cast("Any", explaining)
        await SqlRecordReader(pool, pool, pool, self.limits).page(criteria, request)
        return "\n".join(explaining.lines)


@dataclass(frozen=True, slots=True)
class _Explaining:
    """Takes the place of the pool, and finds nothing."""

    engine: ReadPool
    how: str
    lines: list[str] = field(default_factory=list[str])

    async def fetch(self, text: str, arguments: Sequence[object]) -> Rows:
        self.lines.extend(row[0] for row in await self.engine.fetch(f"{self.how} {text}", arguments))
        return []
