"""Read a page of the log of changes."""

from collections.abc import Sequence
from dataclasses import dataclass

from datastore_service.application.feed.batch_sizer import text_of
from datastore_service.application.feed.change import LogEntry
from datastore_service.application.feed.hub import ChangeHub
from datastore_service.application.feed.ports.changes import ChangeLog
from datastore_service.application.feed.start_position import Edge, Since, beginning
from datastore_service.application.limits import Limits
from datastore_service.application.messages import Query
from datastore_service.application.position import Position
from datastore_service.domain.records.values import collection_name


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePage:
    """A part of the log, the place behind it, and whether there was more at the time."""

    entries: Sequence[LogEntry]
    position: Position
    has_more: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadChanges(Query[ChangePage]):
    """Read the changes of the records of one collection, or of all, page by page in the order of the log.

    Attributes:
        wait: For how many seconds to wait for a change where there is none yet.
        snapshot: Whether the present state comes first; a cursor goes on where it was given out.
    """

    limit: int
    since: Since = Edge.BEGINNING
    collection: str | None = None
    wait: float = 0
    snapshot: bool = False


@dataclass(frozen=True, slots=True)
class ReadChangesHandler:
    """Reads from the log. A request that waits for a change does not query the store meanwhile."""

    log: ChangeLog
    hub: ChangeHub
    limits: Limits

    async def handle(self, query: ReadChanges) -> ChangePage:
        collection = None if query.collection is None else collection_name(query.collection)
        position = query.since
        if not isinstance(position, Position):
            position = beginning(await self.log.end(), position, snapshot=query.snapshot)
        entries: list[LogEntry] = []
        has_more = True
        size = 0
        while has_more and len(entries) < query.limit and size <= self.limits.page_bytes // 2:
            stretch = await self.log.after(position, collection, query.limit - len(entries))
            size += text_of(stretch.entries)
            if entries and size > self.limits.page_bytes:
                break
            entries += stretch.entries
            position, has_more = stretch.position, not stretch.is_last
        if not entries and query.wait:
            with self.hub.follow(position, collection) as subscription:
                entries += await subscription.next(query.limit, query.wait)
                position = subscription.position
                has_more = bool(entries) and subscription.is_behind
        return ChangePage(entries=entries, position=position, has_more=has_more)
