"""The headers of requests and responses in the OpenAPI document."""

from collections.abc import Mapping
from typing import Any, Final

from datastore_service.api.http.documented_headers import REQUEST, RESPONSE

REQUEST_HEADERS: Final = "\n".join(
    ["\nRequest headers:\n", *(f"- `{name}`: {what}" for name, what in REQUEST.items()), ""]
)
"""Described once for all operations; operations also list those headers of `PARAMETERS` that they read."""

_KEY: Final = r"""^([!#-+\--~]{1,255}|"[ !#-\[\]-~]{1,255}")$"""


def _parameter(name: str, schema: Mapping[str, Any], example: str) -> Mapping[str, Any]:
    described = {"name": name, "in": "header", "description": REQUEST[name][:1].upper() + REQUEST[name][1:]}
    return {**described, "required": False, "schema": {"type": "string", **schema}, "example": example}


PARAMETERS: Final[Mapping[str, Mapping[str, Any]]] = {
    "IdempotencyKey": _parameter("Idempotency-Key", {"pattern": _KEY}, "3d0a7d4e-order-1"),
    "IfMatch": _parameter("If-Match", {}, '"3"'),
    "IfNoneMatch": _parameter("If-None-Match", {}, '"2"'),
    "Prefer": _parameter("Prefer", {}, "handling=strict"),
}
"""Reusable components for the parameters of operations, so that generated clients can send these headers."""

_REUSED: Final = "`idempotency_key_reused`"
_ADVISED: Final = frozenset(
    (method, f"{records}{path}")
    for records in ("/records", "/collections/{name}/records")
    for method, path in (("get", ""), ("post", "/search"), ("post", "/aggregate"))
)


def add_headers(path: str, method: str, operation: dict[str, Any]) -> None:
    """Adds to an operation the headers of its responses."""
    writes, is_advised = _writes(operation), (method, path) in _ADVISED
    for status, response in operation["responses"].items():
        given = ["X-Request-Id"]
        given += ["Idempotency-Replayed"] if writes else []
        given += ["Preference-Applied"] if (writes or is_advised) and status < "300" else []
        given += ["Datastore-Advice"] if is_advised and status < "300" else []
        given += ["Retry-After"] if status == "503" else []
        headers = response.setdefault("headers", {})
        for name in given:
            headers[name] = header(name)


def header(name: str) -> dict[str, Any]:
    """Returns a reference to a response header, which the document describes once."""
    return {"$ref": f"#/components/headers/{name}"}


def describe_headers(document: dict[str, Any]) -> None:
    """Adds the descriptions of the headers that the document refers to."""
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    responses = [response for operation in operations for response in operation["responses"].values()]
    named = {name for response in responses for name in response.get("headers", {})}
    document["components"]["headers"] = {
        name: {"description": RESPONSE[name], "schema": {"type": "string"}} for name in sorted(named)
    }


def add_parameters(path: str, method: str, operation: dict[str, Any]) -> None:
    """Adds the headers that an operation reads to its parameters."""
    writes, statuses = _writes(operation), operation["responses"].keys()
    # The operations of a batch have their own preconditions in the body.
    is_conditional = "412" in statuses and path != "/batch"
    read = ["IdempotencyKey"] if writes else []
    read += ["IfMatch"] if is_conditional else []
    read += ["IfNoneMatch"] if is_conditional or "304" in statuses else []
    read += ["Prefer"] if writes or (method, path) in _ADVISED else []
    if read:
        operation.setdefault("parameters", []).extend({"$ref": f"#/components/parameters/{name}"} for name in read)


def _writes(operation: Mapping[str, Any]) -> bool:
    """Tells by its documented errors whether an operation accepts an Idempotency-Key."""
    return any(_REUSED in response["description"] for response in operation["responses"].values())
