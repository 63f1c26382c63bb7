"""A page of changes as JSON."""

import orjson
from fastapi import Response

from datastore_service.api.http.changes import change_members
from datastore_service.api.http.json_requests import JSON
from datastore_service.application.feed.use_cases.read_changes import ChangePage


def changes_response(page: ChangePage) -> Response:
    """Builds the response to a request for a page of the log."""
    items = [change_members(entry) for entry in page.entries]
    body = {"items": items, "next_cursor": str(page.position), "has_more": page.has_more}
    return Response(orjson.dumps(body), media_type=JSON)
