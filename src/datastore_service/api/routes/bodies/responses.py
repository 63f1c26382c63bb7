"""Records as JSON responses: payloads pass from the database to the client as text."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self
from urllib.parse import urlencode
from uuid import UUID

import orjson
from fastapi import Request, Response

from datastore_service.api.http.contents import content_members
from datastore_service.api.http.json_requests import JSON
from datastore_service.api.http.json_texts import written
from datastore_service.api.http.preconditions import etag, is_held_already, weak_etag
from datastore_service.api.http.preferences import Preferences
from datastore_service.api.routes.bodies.projections import picked_members
from datastore_service.application.read.pagination import Cursor, Page
from datastore_service.application.read.queries.project_record import ProjectedState
from datastore_service.application.times import timestamp
from datastore_service.application.views import CollectionView, JsonText, RecordView
from datastore_service.application.write.commands.apply_batch import AppliedOperation
from datastore_service.domain.collections.retention import Retention


def record_response(
    record: RecordView | ProjectedState, status: int = 200, headers: dict[str, str] | None = None
) -> Response:
    """Builds the response with one record, or a part of it, and its ETag."""
    members = picked_members(record.record) if isinstance(record, ProjectedState) else record_members(record)
    return Response(written(members), status, {"ETag": etag(record.version)} | (headers or {}), JSON)


def written_response(record: RecordView, preferred: Preferences, *, created: bool) -> Response:
    """Builds the response to a write: the record as it is now or, with `return=minimal`, only its ETag."""
    headers = {"Location": f"/records/{record.id}"} if created else {}
    if preferred.minimal:
        return Response(status_code=201 if created else 204, headers={"ETag": etag(record.version)} | headers)
    return record_response(record, 201 if created else 200, headers)


def collection_response(collection: CollectionView, *, created: bool = False) -> Response:
    """Builds the response with one collection and its ETag."""
    headers = {"ETag": etag(collection.version)}
    if created:
        headers["Location"] = f"/collections/{collection.name}"
    return Response(orjson.dumps(_collection_members(collection)), 201 if created else 200, headers, JSON)


def patched_response(response: Response, preferred: Preferences) -> Response:
    """Returns the response to a PATCH or, with `return=minimal`, only its ETag."""
    return Response(status_code=204, headers={"ETag": response.headers["ETag"]}) if preferred.minimal else response


def progress_response(content: bytes, version: int, status: int = 200, *, location: str | None = None) -> Response:
    """Builds the response with a resource and its progress; the version, and so the ETag, does not cover the progress.

    Since the progress changes while the version stays, caches may not keep the response; 304 would only say that the
    resource itself has not changed.
    """
    headers = {"ETag": etag(version), "Cache-Control": "no-store"} | ({"Location": location} if location else {})
    return Response(content, status, headers, JSON)


@dataclass(frozen=True, slots=True)
class PageBody:
    """The body of a page, and the cursor of the next page; None on the last one."""

    text: bytes
    cursor: str | None

    @classmethod
    def of(cls, items: Iterable[Mapping[str, Any]], cursor: str | None) -> Self:
        return cls(written({"items": [*items], "next_cursor": cursor}), cursor)

    @classmethod
    def of_text(cls, items: JsonText, cursor: str | None) -> Self:
        """Takes the items as a JSON array; a cursor has no character that JSON escapes."""
        return cls(f'{{"items":{items},"next_cursor":{f'"{cursor}"' if cursor else "null"}}}'.encode(), cursor)


def collections_response(page: Page[CollectionView], request: Request) -> Response:
    """Builds the response with a page of collections."""
    cursor = str(Cursor(page.items[-1].id)) if page.has_next else None
    return page_response(PageBody.of(map(_collection_members, page.items), cursor), request)


def search_response(page: PageBody) -> Response:
    """Builds the response to a search whose criteria came in a body."""
    return Response(page.text, media_type=JSON)


def page_response(page: PageBody, request: Request) -> Response:
    """Builds the response with a page, a link to the next one (RFC 8288), or 304 if the client has this page."""
    headers = {"ETag": weak_etag(page.text)}
    if page.cursor:
        query = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
        headers["Link"] = f'<{request.scope["path"]}?{urlencode([*query, ("cursor", page.cursor)])}>; rel="next"'
    if is_held_already(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(page.text, headers=headers, media_type=JSON)


def many_response(ids: Sequence[UUID], found: Sequence[RecordView | None]) -> Response:
    """Builds the response with the records that were found, in the order of the ids, and the ids that were not."""
    items = [record_members(record) for record in found if record]
    missing = dict.fromkeys(str(record_id) for record_id, record in zip(ids, found, strict=True) if record is None)
    return Response(written({"items": items, "missing": [*missing]}), media_type=JSON)


def batch_response(applied: Sequence[AppliedOperation], preferred: Preferences) -> Response:
    """Builds the response with the result of each operation; with `return=minimal`, without the records."""
    results = [_applied_members(operation, minimal=preferred.minimal) for operation in applied]
    return Response(written({"results": results}), media_type=JSON)


def _applied_members(operation: AppliedOperation, *, minimal: bool) -> dict[str, Any]:
    record = operation.record
    members: dict[str, Any] = {
        "id": operation.id,
        "created": operation.created,
        "version": record and record.version,
    }
    if not minimal:
        members["record"] = record and record_members(record)
    return members


def _collection_members(collection: CollectionView) -> dict[str, Any]:
    return {
        "id": str(collection.id),
        "name": collection.name,
        "schema": collection.schema and orjson.Fragment(collection.schema),
        "api": collection.api and asdict(collection.api),
        "typed_since": collection.typed_since and timestamp(collection.typed_since),
        "retention": _retention_members(collection.retention),
        "version": collection.version,
        "created_at": timestamp(collection.created_at),
        "updated_at": timestamp(collection.updated_at),
    }


def _retention_members(retention: Retention | None) -> dict[str, int] | None:
    if retention is None:
        return None
    kept = {"revisions": retention.revisions, "days": retention.days}
    return {name: number for name, number in kept.items() if number is not None}


def record_members(record: RecordView) -> dict[str, Any]:
    """Returns the members of a record in JSON, for `written`."""
    members = {
        "id": record.id,
        "collection": record.collection,
        "version": record.version,
        **content_members(record),
        "created_at": timestamp(record.created_at),
        "updated_at": timestamp(record.updated_at),
    }
    if record.deleted_at:
        members["deleted_at"] = timestamp(record.deleted_at)
    return members
