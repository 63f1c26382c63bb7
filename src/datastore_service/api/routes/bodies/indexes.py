"""Indexes over REST: their bodies and responses."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import orjson
from fastapi import Response
from pydantic import BaseModel, Field

from datastore_service.api.http import descriptions
from datastore_service.api.http.json_requests import JSON
from datastore_service.application.views import IndexView


class IndexBody(BaseModel):
    """An index on a path in the payloads of a collection."""

    path: Annotated[str, Field(description=descriptions.INDEX_PATH)]
    state: Annotated[Literal["building", "ready", "failed"], Field(description=descriptions.INDEX_STATE)]
    progress: Annotated[float | None, Field(description=descriptions.INDEX_PROGRESS, ge=0, le=1)]
    size: Annotated[int | None, Field(description=descriptions.INDEX_SIZE, ge=0)]
    failure: Annotated[str | None, Field(description=descriptions.INDEX_FAILURE)]


class IndexList(BaseModel):
    """The indexes of a collection."""

    items: Annotated[list[IndexBody], Field(description="In the order of their paths.")]


def index_response(index: IndexView, status: int = 200) -> Response:
    """Builds the response with one index."""
    return Response(orjson.dumps(_members(index)), status, media_type=JSON)


def indexes_response(indexes: Sequence[IndexView]) -> Response:
    """Builds the response with all indexes of a collection."""
    return Response(orjson.dumps({"items": [_members(index) for index in indexes]}), media_type=JSON)


def _members(index: IndexView) -> dict[str, Any]:
    return {
        "path": index.path,
        "state": index.state,
        "progress": index.progress,
        "size": index.size,
        "failure": index.failure,
    }
