"""The OpenAPI document as a resource: with the typed collections of now, whole or the part of one of them."""

import asyncio
import json
from collections.abc import Callable
from typing import Any, Final

from fastapi import FastAPI, Request, Response
from starlette.routing import Route

from datastore_service.api.http.dependencies import sender_of
from datastore_service.api.http.json_requests import JSON
from datastore_service.api.http.preconditions import is_held_already, weak_etag
from datastore_service.api.http.prefixes import prefix
from datastore_service.api.http.problems import Problem, RequestRefused
from datastore_service.api.http.query_strings import expect_once
from datastore_service.api.routes.openapi.typed import Document, part_of, with_typed
from datastore_service.application.errors import StoreUnavailable
from datastore_service.application.json_codec import encode
from datastore_service.application.read.ports.typed_collections import TypedCollections, TypedState
from datastore_service.config.settings import Settings

_NONE: Final = TypedState(0, [])
_MOST: Final = 64
"""How many texts are kept: the whole document and parts, for each prefix."""


class OpenApiDocuments:
    """Makes the documents of one state of the typed collections, and keeps them until there is another state."""

    def __init__(self, document: Callable[[], Document]) -> None:
        self._document = document
        self._state = _NONE
        self._texts: dict[tuple[str, str | None], bytes] = {}

    async def text(self, collections: TypedCollections | None, collection: str | None) -> bytes:
        """Returns the document, or its part that concerns one collection.

        Raises:
            RequestRefused: There is no such typed collection.
        """
        await self._follow(collections)
        state, texts = self._state, self._texts
        if collection is not None and collection not in {entry.name for entry in state.collections}:
            raise RequestRefused(Problem("collection_not_found", f"There is no typed collection {collection!r}."))
        key = (prefix(), collection)
        if key not in texts:
            if len(texts) >= _MOST:
                texts.clear()
            texts[key] = await asyncio.to_thread(_written, self._document(), state, collection)
        return texts[key]

    async def _follow(self, collections: TypedCollections | None) -> None:
        """Reads the collections if they have changed. If the store is unavailable, those of before stay."""
        if collections is None:
            return
        try:
            if await collections.number() != self._state.number:
                self._state, self._texts = await collections.current(), {}
        except StoreUnavailable:
            pass


def _written(document: Document, state: TypedState, collection: str | None) -> bytes:
    plain = json.loads(json.dumps(document))  # with texts for keys that are numbers, such as statuses
    whole = with_typed(plain, state.collections)
    return encode(whole if collection is None else part_of(whole, collection))


def serve(app: FastAPI) -> None:
    """Serves the document at the address where FastAPI serves the one without typed collections."""
    documents, untyped = OpenApiDocuments(app.openapi), OpenApiDocuments(app.openapi)

    async def document(request: Request) -> Response:
        settings: Settings = request.app.state.settings
        expect_once(request.query_params, frozenset({"collection"}), "malformed_request")
        collection = request.query_params.get("collection")
        if await _may_know(request, settings):
            text = await documents.text(request.app.state.typed_collections, collection)
        else:
            text = await untyped.text(None, collection)
        tag = weak_etag(text)
        if is_held_already(request, tag):
            return Response(status_code=304, headers={"ETag": tag})
        return Response(text, headers={"ETag": tag}, media_type=JSON)

    app.state.typed_collections = None
    routes: list[Any] = app.router.routes
    [place] = [index for index, route in enumerate(routes) if route.path == app.openapi_url]
    routes[place] = Route(str(app.openapi_url), document, include_in_schema=False)


async def _may_know(request: Request, settings: Settings) -> bool:
    """Tells whether a client may know typed collections: if the GraphQL schema is not private, and it is known."""
    if not settings.graphql.introspection or settings.graphql.trusted_documents is not None:
        return False
    try:
        await sender_of(request)
    except RequestRefused:
        return False
    return True
