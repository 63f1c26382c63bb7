"""Find out whether the service can serve."""

from dataclasses import dataclass

from datastore_service.application.messages import Query
from datastore_service.application.ports.readiness import Readiness


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReadiness(Query[None]):
    """Find out whether the store answers."""


@dataclass(frozen=True, slots=True)
class CheckReadinessHandler:
    """Asks the store."""

    readiness: Readiness

    async def handle(self, _query: CheckReadiness, /) -> None:
        await self.readiness.check()
