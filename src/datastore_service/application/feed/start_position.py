"""Where to begin to follow the changes."""

from enum import Enum
from uuid import UUID

from datastore_service.application.errors import CursorExpired
from datastore_service.application.position import Position, Snapshot


class Edge(Enum):
    """The ends of the log."""

    BEGINNING = "beginning"
    NOW = "now"


type Since = Position | Edge


def beginning(end: Position, since: Since, *, snapshot: bool = False, parameter: str = "since") -> Position:
    """Returns the place to begin from.

    Args:
        end: Where the log ends now.
        since: A place that was given out before, or an end of the log.
        snapshot: Whether to begin with the present state; who has a place already goes on from there.
        parameter: What the client calls the place, for the error.

    Raises:
        CursorExpired: The place is of another epoch of the log.
    """
    if isinstance(since, Position):
        if since.epoch != end.epoch:
            raise CursorExpired(parameter)
        return since
    if snapshot:
        return Position(epoch=end.epoch, seen=end.seen, after=UUID(int=0))
    return Position(epoch=end.epoch, seen=Snapshot()) if since is Edge.BEGINNING else end
