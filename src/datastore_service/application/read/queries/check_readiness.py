"""Find out whether the service can serve."""

from collections.abc import Mapping
from dataclasses import dataclass

from datastore_service.application.messages import Query
from datastore_service.application.read.ports.readiness import Readiness


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadinessView:
    """What was looked at.

    Attributes:
        checks: The problem of each thing by its name, None where it is well.
    """

    checks: Mapping[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReadiness(Query[ReadinessView]):
    """Report whether the service can serve: the database answers on all pools and has the expected schema."""


@dataclass(frozen=True, slots=True)
class CheckReadinessHandler:
    """Asks the store."""

    readiness: Readiness

    async def handle(self, _query: CheckReadiness, /) -> ReadinessView:
        return ReadinessView(checks=await self.readiness.checks())
