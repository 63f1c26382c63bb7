"""The history of records over REST: parameters, bodies and responses."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlencode
from uuid import UUID

import orjson
from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from datastore_service.api.http import descriptions
from datastore_service.api.http.contents import content_members
from datastore_service.api.http.json_requests import JSON
from datastore_service.api.http.preconditions import is_held_already, weak_etag
from datastore_service.api.http.preferences import Preferences
from datastore_service.api.http.times import Moment
from datastore_service.api.routes.bodies.record_lists import Fields
from datastore_service.api.routes.bodies.schemas import JSON_PATCH_SCHEMA, WHOLE, AnyJson, ContentBody, PageQuery
from datastore_service.application.large_requests import computed
from datastore_service.application.read.history import RevisionCursor, RevisionView
from datastore_service.application.read.pagination import Page
from datastore_service.application.times import timestamp
from datastore_service.application.write.commands.revert_collection import RevertedRecord

MAX_VERSION: Final = 2**53 - 1


class RecordQuery(BaseModel):
    """Which state of a record to read, and which fields."""

    model_config = ConfigDict(extra="forbid")

    version: Annotated[int | None, Field(description=descriptions.AT_VERSION, ge=1, le=MAX_VERSION)] = None
    as_of: Annotated[Moment | None, Field(description=descriptions.AS_OF)] = None
    fields: Fields = None


class RevertBody(BaseModel):
    """The version to return to."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"version": 1}]})

    version: Annotated[int, Field(description=descriptions.REVERT_VERSION, ge=1, le=MAX_VERSION, strict=True), WHOLE]


class RevertCollectionBody(BaseModel):
    """The time to return to."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"as_of": "2026-11-24T12:00:00Z", "dry_run": True}]}
    )

    as_of: Annotated[Moment, Field(description=descriptions.REVERT_AS_OF)]
    dry_run: Annotated[bool, Field(description=descriptions.DRY_RUN, strict=True)] = False


class RevertedRecordBody(BaseModel):
    """The change of one record."""

    id: UUID
    operation: Literal["revert", "delete"]
    version: Annotated[int, Field(description="The new version.", ge=1)]
    to_version: Annotated[int | None, Field(description=descriptions.REVERTED_TO)]


class RevertedCollectionBody(BaseModel):
    """The changes of a revert."""

    dry_run: bool
    count: Annotated[int, Field(description="The number of changed records.")]
    items: Annotated[list[RevertedRecordBody] | None, Field(description="Left out with `Prefer: return=minimal`.")] = (
        None
    )


class RevisionsQuery(PageQuery):
    """The parameters of a history."""

    cursor: Annotated[
        str | None,
        Field(
            description="The `next_cursor` of the previous page.",
            json_schema_extra={"pattern": "^[A-Za-f][A-Za-z0-9_-]{9}[AEIMQUYcgkosw048]$"},
        ),
    ] = None
    diff: Annotated[bool, Field(description=descriptions.WITH_DIFF)] = False


class RevisionBody(ContentBody):
    """A record's content after a change."""

    record_id: UUID
    collection: str
    version: Annotated[int, Field(ge=1)]
    operation: Annotated[str, Field(description=descriptions.OPERATION)]
    payload: Annotated[AnyJson, Field(description=descriptions.REVISION_PAYLOAD)]
    actor: Annotated[str, Field(description=descriptions.ACTOR)]
    correlation_id: Annotated[str | None, Field(description=descriptions.CORRELATION_ID)]
    at: Annotated[datetime, Field(description=descriptions.TIME)]
    diff: Annotated[
        Any,
        WithJsonSchema({"anyOf": [JSON_PATCH_SCHEMA, {"type": "null"}]}),
        Field(description=descriptions.DIFF),
    ] = None


class RevisionPage(BaseModel):
    """A page of a history."""

    items: list[RevisionBody]
    next_cursor: Annotated[str | None, Field(description="The `cursor` of the next page; null on the last one.")]


async def revisions_response(page: Page[RevisionView], request: Request, query: RevisionsQuery) -> Response:
    """Builds the response with a page, a link to the next one (RFC 8288), or 304 if the client has this page."""
    cursor = str(RevisionCursor(page.items[-1].version)) if page.has_next else None
    items = [_revision_members(revision) | await _diff(revision, query) for revision in page.items]
    body = orjson.dumps({"items": items, "next_cursor": cursor})
    headers = {"ETag": weak_etag(body)}
    if cursor:
        parameters = {"limit": query.limit, "diff": "true" if query.diff else None, "cursor": cursor}
        given = {name: value for name, value in parameters.items() if value is not None}
        headers["Link"] = f'<{request.url.path}?{urlencode(given)}>; rel="next"'
    if is_held_already(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=JSON)


def reverted_response(
    reverted: Sequence[RevertedRecord], body: RevertCollectionBody, preferred: Preferences
) -> Response:
    """Builds the response with the changes of a revert; with `return=minimal`, without the single records."""
    members: dict[str, Any] = {"dry_run": body.dry_run, "count": len(reverted)}
    if not preferred.minimal:
        members["items"] = [
            {
                "id": str(record.id),
                "operation": record.operation,
                "version": record.version,
                "to_version": record.to_version,
            }
            for record in reverted
        ]
    return Response(orjson.dumps(members), media_type=JSON)


async def _diff(revision: RevisionView, query: RevisionsQuery) -> dict[str, Any]:
    if not query.diff:
        return {}
    diff = await computed(revision.diff)
    return {"diff": diff and orjson.Fragment(diff)}


def _revision_members(revision: RevisionView) -> dict[str, Any]:
    return {
        "record_id": str(revision.record_id),
        "collection": revision.collection,
        "version": revision.version,
        "operation": revision.operation,
        **content_members(revision),
        "actor": revision.actor,
        "correlation_id": revision.correlation_id,
        "at": timestamp(revision.at),
    }
