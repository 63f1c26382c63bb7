"""Records as JSON: payloads go from the database to the client as text."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import orjson
from fastapi import Response

from datastore_service.api.json_requests import JSON
from datastore_service.api.preconditions import etag
from datastore_service.application.pagination import Cursor, Page
from datastore_service.application.views import RecordView


def timestamp(moment: datetime) -> str:
    """Returns the time as RFC 3339 has it, in UTC and always with microseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def record_response(record: RecordView, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """Answers with one record and its ETag."""
    return Response(orjson.dumps(_members(record)), status, {"ETag": etag(record.version)} | (headers or {}), JSON)


def page_response(page: Page[RecordView], path: str, query: Mapping[str, object]) -> Response:
    """Answers with a page and, where there is one, the address of the next (RFC 8288)."""
    cursor = str(Cursor(page.items[-1].id)) if page.has_next else None
    body = {"items": [_members(record) for record in page.items], "next_cursor": cursor}
    headers = {"Link": f'<{path}?{urlencode({**query, "cursor": cursor})}>; rel="next"'} if cursor else None
    return Response(orjson.dumps(body), headers=headers, media_type=JSON)


def _members(record: RecordView) -> dict[str, Any]:
    return {
        "id": str(record.id),
        "collection": record.collection,
        "version": record.version,
        "payload": orjson.Fragment(record.payload),
        "tags": record.tags,
        "created_at": timestamp(record.created_at),
        "updated_at": timestamp(record.updated_at),
    }
