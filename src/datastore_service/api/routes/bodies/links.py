"""Links over REST: their bodies and responses."""

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

import orjson
from fastapi import Request, Response
from pydantic import BaseModel, Field

from datastore_service.api.http import descriptions
from datastore_service.api.http.json_requests import JSON
from datastore_service.api.http.json_texts import written
from datastore_service.api.http.preconditions import is_held_already, weak_etag
from datastore_service.api.http.preferences import Preferences
from datastore_service.api.routes.bodies.responses import record_members
from datastore_service.api.routes.bodies.schemas import PageQuery, RecordBody
from datastore_service.application.read.pagination import Cursor, Page
from datastore_service.application.times import timestamp
from datastore_service.application.views import LinkedRecord, LinkView
from datastore_service.application.write.commands.link_records import LinkedRecords
from datastore_service.domain.links.link import RELATION_PATTERN


class LinkBody(BaseModel):
    """A link."""

    source: Annotated[UUID, Field(description=descriptions.LINK_SOURCE)]
    relation: Annotated[str, Field(description=descriptions.RELATION)]
    target: Annotated[UUID, Field(description=descriptions.LINK_TARGET)]
    created_at: datetime


class LinkedRecordBody(LinkBody):
    """A link, and the record at its other end."""

    record: Annotated[RecordBody, Field(description=descriptions.LINKED_RECORD)]


class LinkPage(BaseModel):
    """A page of links."""

    items: list[LinkedRecordBody]
    next_cursor: Annotated[str | None, Field(description="The `cursor` of the next page; null on the last one.")]


class LinkQuery(PageQuery):
    """The parameters of a list of links."""

    relation: Annotated[str | None, Field(description=descriptions.ONLY_RELATION, pattern=RELATION_PATTERN)] = None


def linked_response(linked: LinkedRecords, preferred: Preferences) -> Response:
    """Builds the response with a link that exists now; with `return=minimal`, without it."""
    link = linked.link
    headers = {"Location": f"/records/{link.source}/links/{link.relation}/{link.target}"} if linked.created else {}
    if preferred.minimal:
        return Response(status_code=201 if linked.created else 204, headers=headers)
    return Response(orjson.dumps(_link_members(link)), 201 if linked.created else 200, headers, JSON)


def links_response(page: Page[LinkedRecord], request: Request, query: LinkQuery) -> Response:
    """Builds the response with a page, a link to the next one (RFC 8288), or 304 if the client has this page."""
    cursor = str(Cursor(page.items[-1].id)) if page.has_next else None
    items = [_link_members(item.link) | {"record": record_members(item.record)} for item in page.items]
    body = written({"items": items, "next_cursor": cursor})
    headers = {"ETag": weak_etag(body)}
    if cursor:
        parameters = query.model_dump(exclude={"cursor"}, exclude_none=True) | {"cursor": cursor}
        headers["Link"] = f'<{request.url.path}?{urlencode(parameters)}>; rel="next"'
    if is_held_already(request, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=JSON)


def _link_members(link: LinkView) -> dict[str, Any]:
    return {
        "source": str(link.source),
        "relation": link.relation,
        "target": str(link.target),
        "created_at": timestamp(link.created_at),
    }
