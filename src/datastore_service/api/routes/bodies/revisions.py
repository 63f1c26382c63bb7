"""The past of records over REST: its parameters and bodies, and how it is answered with."""

import asyncio
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
from datastore_service.application.read.history import RevisionCursor, RevisionView
from datastore_service.application.read.pagination import Page
from datastore_service.application.times import timestamp
from datastore_service.application.write.commands.revert_collection import RevertedRecord

MAX_VERSION: Final = 2**53 - 1


class RecordQuery(BaseModel):
    """Which state of a record is meant, and how much of it."""

    model_config = ConfigDict(extra="forbid")

    version: Annotated[int | None, Field(description=descriptions.AT_VERSION, ge=1, le=MAX_VERSION)] = None
    as_of: Annotated[Moment | None, Field(description=descriptions.AS_OF)] = None
    fields: Fields = None


class RevertBody(BaseModel):
    """What a record is to hold again."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"version": 1}]})

    version: Annotated[int, Field(description=descriptions.REVERT_VERSION, ge=1, le=MAX_VERSION, strict=True), WHOLE]


class RevertCollectionBody(BaseModel):
    """When a collection was as it is to be again."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"as_of": "2026-11-24T12:00:00Z", "dry_run": True}]}
    )

    as_of: Annotated[Moment, Field(description=descriptions.REVERT_AS_OF)]
    dry_run: Annotated[bool, Field(description=descriptions.DRY_RUN, strict=True)] = False


class RevertedRecordBody(BaseModel):
    """What is done to a record."""

    id: UUID
    operation: Literal["revert", "delete"]
    version: Annotated[int, Field(description="The version that it becomes.", ge=1)]
    to_version: Annotated[int | None, Field(description=descriptions.REVERTED_TO)]


class RevertedCollectionBody(BaseModel):
    """What a revert changes."""

    dry_run: bool
    count: Annotated[int, Field(description="How many records are changed.")]
    items: Annotated[list[RevertedRecordBody] | None, Field(description="Left out with `Prefer: return=minimal`.")] = (
        None
    )


class RevisionsQuery(PageQuery):
    """The parameters of a history."""

    cursor: Annotated[
        str | None,
        Field(
            description="The `next_cursor` of the page before.",
            json_schema_extra={"pattern": "^[A-Za-f][A-Za-z0-9_-]{9}[AEIMQUYcgkosw048]$"},
        ),
    ] = None
    diff: Annotated[bool, Field(description=descriptions.WITH_DIFF)] = False


class RevisionBody(ContentBody):
    """What a change has made of a record."""

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
    """A part of a history."""

    items: list[RevisionBody]
    next_cursor: Annotated[str | None, Field(description="Ask for the next page with `cursor`; null on the last one.")]


async def revisions_response(page: Page[RevisionView], request: Request, query: RevisionsQuery) -> Response:
    """Answers with a page and, where there is one, the address of the next (RFC 8288); 304 if the client has it."""
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
    """Answers with what a revert changes, without the single records where the client prefers that."""
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
    # In a thread: with large documents it takes its time, in which others are served.
    diff = await asyncio.to_thread(revision.diff)
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
