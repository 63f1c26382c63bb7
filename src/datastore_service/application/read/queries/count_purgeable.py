"""Find out what a purge would remove."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from datastore_service.application.messages import Query
from datastore_service.application.ports.clock import Clock
from datastore_service.application.ports.followers import Follower, Followers
from datastore_service.application.read.ports.history import HistoryReader, KeptPlace, Purgeable


@dataclass(frozen=True, slots=True, kw_only=True)
class PurgeableCount:
    """What a purge would remove, and for whom it leaves the rest: consumers and webhooks, each with its lag.

    Attributes:
        waiting: Such as `consumer 'mails' (12 changes behind, the oldest is 3600 s old)`.
    """

    purgeable: Purgeable
    waiting: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class CountPurgeable(Query[PurgeableCount]):
    """Count the records that were deleted before a time, and the revisions that collections do not keep."""

    deleted_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class CountPurgeableHandler:
    """Counts in the views; what consumers and webhooks, also disabled ones, have yet to get is counted apart."""

    history: HistoryReader
    followers: Followers
    clock: Clock

    async def handle(self, query: CountPurgeable) -> PurgeableCount:
        followers = await self.followers.all()
        kept: Sequence[KeptPlace] = [(each.position, each.collection) for each in followers]
        purgeable = await self.history.purgeable(query.deleted_before, self.clock.now(), kept)
        waiting = [await self._waiting(each) for each in followers]
        return PurgeableCount(purgeable=purgeable, waiting=[each for each in waiting if each])

    async def _waiting(self, follower: Follower) -> str:
        changes, seconds = await self.followers.lag(follower)
        return f"{follower.name} ({changes:,} changes behind, the oldest is {seconds:.0f} s old)" if changes else ""
