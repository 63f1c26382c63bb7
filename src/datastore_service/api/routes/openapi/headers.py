"""The headers of requests and answers, as the OpenAPI document tells of them."""

from typing import Any, Final

from datastore_service.api.http.documented_headers import REQUEST, RESPONSE

REQUEST_HEADERS: Final = "\n".join(
    ["\nHeaders that requests may have:\n", *(f"- `{name}`: {what}" for name, what in REQUEST.items()), ""]
)
"""Said once for all operations. As parameters, which each generated request is free to vary, the keys of requests that
have nothing to do with each other would meet."""


def add_headers(path: str, method: str, operation: dict[str, Any]) -> None:
    """Completes what the document says of an operation with the headers that it gives."""
    writes = method != "get" and path != "/records/get"
    for status, response in operation["responses"].items():
        given = ["X-Request-Id"]
        given += ["Idempotency-Replayed"] if writes else []
        given += ["Preference-Applied"] if writes and status < "300" else []
        given += ["Retry-After"] if status == "503" else []
        headers = response.setdefault("headers", {})
        for name in given:
            headers[name] = header(name)


def header(name: str) -> dict[str, Any]:
    """Refers to the header of an answer, which the document describes once."""
    return {"$ref": f"#/components/headers/{name}"}


def describe_headers(document: dict[str, Any]) -> None:
    """Describes the headers that the document refers to."""
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    responses = [response for operation in operations for response in operation["responses"].values()]
    named = {name for response in responses for name in response.get("headers", {})}
    document["components"]["headers"] = {
        name: {"description": RESPONSE[name], "schema": {"type": "string"}} for name in sorted(named)
    }
