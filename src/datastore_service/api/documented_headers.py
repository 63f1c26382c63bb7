"""The headers of requests and answers, as the OpenAPI document tells of them."""

from collections.abc import Mapping
from typing import Any, Final

REQUEST_HEADERS: Final = """
Headers that requests may have:

- `If-Match` and `If-None-Match` (RFC 9110) on everything with an ETag: entity tags such as `"3"`, or `*`. Reading, they
  lead to 304 or 412; a write goes ahead only if they hold, and is 412 otherwise.
- `Idempotency-Key` (IETF draft-ietf-httpapi-idempotency-key-header) on every write: a name of 1 to 255 visible ASCII
  characters that the client makes up. The same request under it is carried out once and gets the same answer; another
  request under it is refused.
- `Prefer` (RFC 7240) on every write: `return=minimal` leaves bodies out, `handling=lenient` passes over what
  is not known. On a list of records `explain` tells in the header `Datastore-Advice` which index it lacks.
"""
"""Said once for all operations. As parameters, which each generated request is free to vary, the keys of requests that
have nothing to do with each other would meet."""

_RESPONSE: Final[Mapping[str, str]] = {
    "X-Request-Id": "What the request is called in the service's log.",
    "Idempotency-Replayed": "`true` if the answer was given before under the same Idempotency-Key.",
    "Preference-Applied": "The preferences that are honoured.",
    "Retry-After": "Seconds after which trying again is worth while.",
}


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
            headers[name] = {"description": _RESPONSE[name], "schema": {"type": "string"}}
