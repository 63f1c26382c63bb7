"""Follow the log of changes."""

from dataclasses import dataclass
from datetime import datetime

from datastore_service.application.feed.hub import ChangeHub
from datastore_service.application.feed.start_position import Edge, Since, beginning
from datastore_service.application.feed.subscription import Subscription
from datastore_service.application.messages import Query
from datastore_service.application.ports.clock import Clock
from datastore_service.domain.records.values import collection_name


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowChanges(Query[Subscription]):
    """Follow the changes of the records of one collection, or of all, as they are made.

    Attributes:
        snapshot: Whether the present state comes first; a cursor goes on where it was given out.
        until: When it ends, such as with the right to follow; None is not at all.
    """

    since: Since = Edge.NOW
    collection: str | None = None
    snapshot: bool = False
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class FollowChangesHandler:
    """Opens a subscription; the caller has to close it.

    A place that cannot be read from is refused now and not when the stream has begun.
    """

    hub: ChangeHub
    clock: Clock

    async def handle(self, query: FollowChanges) -> Subscription:
        collection = None if query.collection is None else collection_name(query.collection)
        position = beginning(await self.hub.ends.now(), query.since, snapshot=query.snapshot)
        seconds = None if query.until is None else (query.until - self.clock.now()).total_seconds()
        return self.hub.follow(position, collection, seconds)
