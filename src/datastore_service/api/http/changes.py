"""Changes as JSON, and the position from which a client wants to read."""

from typing import Any

from datastore_service.api.http.contents import content_members
from datastore_service.application.feed.change import LogEntry
from datastore_service.application.feed.start_position import Edge, Since
from datastore_service.application.position import Position
from datastore_service.application.times import timestamp


def since_of(text: str | None, parameter: str, otherwise: Edge) -> Since:
    """Reads the position at which to begin.

    Raises:
        InvalidCursor: The text is no position; the error names the parameter.
    """
    if text is None:
        return otherwise
    return Edge(text) if text in Edge else Position.parse(text, parameter)


def change_members(entry: LogEntry) -> dict[str, Any]:
    """Returns a change as JSON."""
    change = entry.change
    return {
        "cursor": str(entry.position),
        "operation": change.operation,
        "record_id": str(change.record_id),
        "collection": change.collection,
        "version": change.version,
        **content_members(change),
        "at": timestamp(change.at),
        "actor": change.actor,
        "correlation_id": change.correlation_id,
    }
