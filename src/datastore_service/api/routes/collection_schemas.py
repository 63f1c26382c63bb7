"""The JSON Schemas of collections as documents of their own, for editors, validators and generators."""

from typing import Any, Final

from fastapi import APIRouter, Request, Response

from datastore_service.api.http import descriptions
from datastore_service.api.http.dependencies import Expected, Send
from datastore_service.api.http.json_requests import JSON
from datastore_service.api.http.negotiation import preferred
from datastore_service.api.http.preconditions import etag
from datastore_service.api.http.prefixes import prefix
from datastore_service.api.http.problems import Problem, RequestRefused
from datastore_service.api.http.request_head import RequestHead
from datastore_service.api.http.rest import JsonRoute
from datastore_service.api.routes.collections import Name
from datastore_service.api.routes.openapi.headers import header
from datastore_service.api.routes.openapi.openapi import answers
from datastore_service.application.json_codec import decode, encode
from datastore_service.application.read.queries.get_collection import GetCollection
from datastore_service.domain.json_value import Json

SCHEMA_JSON: Final = "application/schema+json"


class _SchemaRoute(JsonRoute):
    """A route that answers with a JSON Schema."""

    gives = (SCHEMA_JSON, JSON)


router = APIRouter(prefix="/collections", tags=["collections"], route_class=_SchemaRoute)

_SCHEMA: Final[dict[str, Any]] = {
    "description": "The schema.",
    "headers": {"ETag": header("ETag")},
    "content": {
        media_type: {
            "schema": {"type": "object", "description": descriptions.SCHEMA_DOCUMENT},
            "example": {
                "$id": "https://store.example/collections/people/schema.json",
                "type": "object",
                "required": ["name"],
            },
        }
        for media_type in _SchemaRoute.gives
    },
}
_ANSWERS = answers(
    {304: None}, ["ETag"], ["collection_not_found", "not_acceptable", "precondition_failed", "schema_not_found"]
)


@router.get(
    "/{name}/schema.json",
    description="Read the JSON Schema of a collection as a document of its own, which `$id` names by its address.",
    responses={200: _SCHEMA, **_ANSWERS},
)
async def get_collection_schema(name: Name, mediator: Send, expected: Expected, request: Request) -> Response:
    collection = await mediator.send(GetCollection(name=name))
    expected.check_match("Collection", name, collection.version)
    if collection.schema is None:
        raise RequestRefused(Problem("schema_not_found", f"The collection {name!r} has no schema."))
    headers = {"ETag": etag(collection.version)}
    if expected.forbids(collection.version):
        return Response(status_code=304, headers=headers)
    address = f"{request.url.scheme}://{request.url.netloc}{prefix()}/collections/{name}/schema.json"
    document = encode(_named(decode(collection.schema.encode()), address))
    accepted = preferred(RequestHead.of(request.scope).get(b"accept"), _SchemaRoute.gives)
    return Response(document, 200, headers, accepted)


def _named(schema: Json, address: str) -> Json:
    """Returns a schema with an `$id`, its own or this one; what is true or false becomes an object that means it."""
    if isinstance(schema, dict):
        return {"$id": address, **schema}
    return {"$id": address} if schema else {"$id": address, "not": {}}
