"""Changes as JSON, and where to begin, as clients say it."""

from typing import Any

import orjson
from fastapi import Response

from datastore_service.api.http.json_requests import JSON
from datastore_service.application.feed.change import LogEntry
from datastore_service.application.feed.position import Position
from datastore_service.application.feed.start_position import Edge, Since
from datastore_service.application.feed.use_cases.read_changes import ChangePage
from datastore_service.application.times import timestamp


def since_of(text: str | None, parameter: str, otherwise: Edge) -> Since:
    """Returns where to begin.

    Raises:
        InvalidCursor: The text names no such place; the error names the parameter.
    """
    if text is None:
        return otherwise
    return Edge(text) if text in Edge else Position.parse(text, parameter)


def change_members(entry: LogEntry) -> dict[str, Any]:
    """Returns what a change is in JSON."""
    change = entry.change
    return {
        "cursor": str(entry.position),
        "operation": change.operation,
        "record_id": str(change.record_id),
        "collection": change.collection,
        "version": change.version,
        "payload": orjson.Fragment(change.payload),
        "tags": change.tags,
        "at": timestamp(change.at),
        "actor": change.actor,
        "correlation_id": change.correlation_id,
    }


def changes_response(page: ChangePage) -> Response:
    """Answers with a page of the log."""
    items = [change_members(entry) for entry in page.entries]
    body = {"items": items, "next_cursor": str(page.position), "has_more": page.has_more}
    return Response(orjson.dumps(body), media_type=JSON)
