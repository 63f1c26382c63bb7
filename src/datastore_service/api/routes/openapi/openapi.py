"""The OpenAPI document, with correct headers, media types and errors."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import BaseModel
from pydantic.config import JsonDict

from datastore_service.api.http.catalogue import CATALOGUE
from datastore_service.api.http.json_requests import JSON_PATCH, MERGE_PATCH
from datastore_service.api.http.prefixes import prefix
from datastore_service.api.http.problems import MEDIA_TYPE
from datastore_service.api.routes.bodies.schemas import JSON_PATCH_SCHEMA, MERGE_PATCH_SCHEMA, ProblemBody
from datastore_service.api.routes.openapi import webhook_messages
from datastore_service.api.routes.openapi.examples import add_examples
from datastore_service.api.routes.openapi.filter_schema import FILTER_SCHEMA, ITEM_FILTER_SCHEMA, REFERENCE
from datastore_service.api.routes.openapi.headers import (
    PARAMETERS,
    REQUEST_HEADERS,
    add_headers,
    add_parameters,
    describe_headers,
    header,
)
from datastore_service.api.routes.openapi.serving import serve
from datastore_service.config.settings import LimitSettings

DESCRIPTION: Final = """
A store of JSON records on PostgreSQL. GraphQL at `/graphql` offers the same operations.

Each record has a version, which is its ETag: send it back as `If-Match`, and your write
never overwrites another client's.
Errors are problem documents (RFC 9457) with a stable `code`.
"""

_PATCHES: Final[Mapping[str, JsonDict]] = {MERGE_PATCH: MERGE_PATCH_SCHEMA, JSON_PATCH: JSON_PATCH_SCHEMA}
_DESCRIPTIONS: Final[Mapping[int, str]] = {
    200: "Done.",
    201: "Created.",
    202: "Begun.",
    204: "Done; the response has no body.",
    304: "The client's copy is current, as If-None-Match says.",
}
_OPEN: Final = frozenset({"health", "problems"})
"""The tags of the operations that need no authentication."""
_EVERYWHERE: Final = (
    "deadline_exceeded",
    "headers_too_large",
    "host_not_allowed",
    "internal_error",
    "method_not_implemented",
    "origin_not_allowed",
    "overloaded",
    "request_timeout",
    "shutting_down",
    "starting",
    "transfer_coding_not_implemented",
    "uri_too_long",
)
_ANY_OPERATION: Final = " ".join(
    [
        "An error that any operation may return.",
        *(f"{CATALOGUE[code][0]} `{code}`: {CATALOGUE[code][1]}." for code in _EVERYWHERE),
    ]
)


def answers(
    successes: Mapping[int, type[BaseModel] | None],
    headers: Sequence[str],
    problems: Sequence[str],
    *,
    body: bool = False,
    database: bool = True,
    writes: bool = False,
) -> dict[int | str, dict[str, Any]]:
    """Describes all responses of a route.

    Args:
        successes: The body of each success status.
        headers: The headers of the successes.
        problems: The codes of the route's own errors.
        body: Whether it has a request body, and so refuses one that cannot be read.
        database: Whether it uses the database, and so fails without it.
        writes: Whether it accepts an Idempotency-Key.
    """
    codes = ["validation_failed", *problems]
    codes += ["not_acceptable"] if any(successes.values()) else []
    codes += ["malformed_json", "content_too_large", "too_many_values", "unsupported_media_type"] if body else []
    codes += ["malformed_header"] if database else []
    codes += ["idempotency_key_in_flight", "idempotency_key_reused"] if writes else []
    codes += ["store_unavailable", "query_timeout"] if database else []
    described: dict[int | str, dict[str, Any]] = {}
    for status, model in successes.items():
        described[status] = {"description": _DESCRIPTIONS[status]}
        described[status] |= {"model": model} if model else {}
        described[status] |= {"headers": {name: header(name) for name in headers}} if headers else {}
    for code in sorted(set(codes)):
        status, title = CATALOGUE[code]
        known = described.setdefault(status.value, {"model": ProblemBody, "description": ""})
        known["description"] = f"{known['description']} `{code}`: {title}.".strip()
    return described


def operation_id(route: APIRoute) -> str:
    """Returns the operation's name for generated clients, such as `createRecord`."""
    first, *others = route.name.split("_")
    return first + "".join(other.title() for other in others)


def install(app: FastAPI, limits: LimitSettings, security_schemes: Mapping[str, Mapping[str, Any]]) -> None:
    """Makes the application serve the completed document, with the limits and the security schemes in it."""
    webhook_messages.install(app)
    generate = app.openapi

    def document() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _secured(_amended(generate(), limits), security_schemes)
        return app.openapi_schema | {"servers": [{"url": prefix() or "/", "description": "This service."}]}

    app.openapi = document
    serve(app)


def _secured(document: dict[str, Any], schemes: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """Adds the security schemes to all operations that need authentication."""
    asked: list[dict[str, list[str]]] = [{name: []} for name in schemes]
    document["security"] = asked
    if schemes:
        document["components"]["securitySchemes"] = dict(schemes)
        operations = (operation for path in document["paths"].values() for operation in path.values())
        # Some generators read only the operation's own security, not the document's.
        for operation in operations:
            operation["security"] = asked if _OPEN.isdisjoint(operation.get("tags", ())) else []
    return document


def _amended(document: dict[str, Any], limits: LimitSettings) -> dict[str, Any]:
    """Corrects what FastAPI generates: errors are problems, page sizes have bounds, and patches have their own schemas.

    FastAPI knows one body for each route, and drops nulls from examples.
    """
    document["info"]["description"] += REQUEST_HEADERS
    document["info"]["license"] = {"name": "MIT", "identifier": "MIT"}
    document["components"]["schemas"]["Filter"] = FILTER_SCHEMA
    document["components"]["schemas"]["PayloadItemFilter"] = ITEM_FILTER_SCHEMA
    for name in ("RecordSearch", "RecordAggregate"):
        document["components"]["schemas"][name]["properties"]["filter"] = {"anyOf": [REFERENCE, {"type": "null"}]}
    document["components"]["schemas"]["RecordAggregate"]["properties"]["limit"] |= {"maximum": limits.groups}
    document["components"]["parameters"] = dict(PARAMETERS)
    for address, path in document["paths"].items():
        for method, operation in path.items():
            add_headers(address, method, operation)
            for parameter in operation.get("parameters", ()):
                if parameter["name"] == "limit":
                    parameter["schema"] |= {"maximum": limits.page_size_max, "default": limits.page_size_default}
            bodies = operation.get("requestBody", {}).get("content", {})
            for media_type, schema in _PATCHES.items():
                if media_type not in bodies or "$ref" in bodies[media_type].get("schema", {}):
                    continue
                document["components"]["schemas"][schema["title"]] = schema
                bodies[media_type]["schema"] = {"$ref": f"#/components/schemas/{schema['title']}"}
            for status, response in operation["responses"].items():
                if status >= "400":
                    response["content"] = {MEDIA_TYPE: response["content"]["application/json"]}
            operation["responses"]["default"] = {
                "description": _ANY_OPERATION,
                "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemBody"}}},
            }
            add_examples(operation, document["components"])
            add_parameters(address, method, operation)
    describe_headers(document)
    return document
