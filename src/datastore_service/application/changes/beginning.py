"""Where to begin to follow the changes."""

from enum import Enum
from uuid import UUID

from datastore_service.application.changes.position import Position
from datastore_service.application.ports.changes import ChangeLog


class Edge(Enum):
    """The ends of the log."""

    BEGINNING = "beginning"
    NOW = "now"


type Since = Position | Edge


async def beginning(log: ChangeLog, since: Since, *, snapshot: bool) -> Position:
    """Returns the place to begin from.

    Args:
        log: The log.
        since: A place that was given out before, or an end of the log.
        snapshot: Whether to begin with the present state; who has a place already goes on from there.

    Raises:
        StoreUnavailable: The store cannot be reached.
    """
    if isinstance(since, Position):
        return since
    if snapshot:
        now = await log.end()
        return Position(epoch=now.epoch, seen=now.seen, after=UUID(int=0))
    return await (log.start() if since is Edge.BEGINNING else log.end())
