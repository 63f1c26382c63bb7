"""The error codes as a page, from the catalogue of problems."""

from collections.abc import Mapping
from typing import Final

from datastore_service.api.http.catalogue import CATALOGUE
from datastore_service.api.http.problems import MEDIA_TYPE
from docsite.markdown import page, table

REMEDIES: Final[Mapping[str, str]] = {
    "collection_mismatch": "Leave `collection` out, or name the one that the record is in; to move it, create another.",
    "content_too_large": "Send less at once, or raise `limits.body_bytes`.",
    "internal_error": "Read the service's log: the reason is there. If it is a bug, report it.",
    "host_not_allowed": "Use another name of the service, or add this one to `server.allowed_hosts`.",
    "idempotency_key_in_flight": "Send the same request again after the seconds of `Retry-After`.",
    "idempotency_key_reused": "Make up a new key: each is for one request.",
    "invalid_cursor": "Use `next_cursor` as it came, or begin again without a cursor.",
    "malformed_json": "Mend the body at the place that `detail` names.",
    "not_acceptable": "Accept one of the media types that `detail` names.",
    "origin_not_allowed": "Add the page's origin to `server.cors_origins`, if it is yours.",
    "not_ready": "Read `checks`: it says of each thing that was looked at what is wrong.",
    "overloaded": "Try again after the seconds of `Retry-After`, or raise `limits.concurrent_requests`.",
    "precondition_failed": "Read the record again, decide again, and send its new version; the ETag header names it.",
    "record_deleted": "There is nothing to change any more; `PUT` to the id makes a record of it again.",
    "record_exists": "Take another id, or none; to replace what is there, use `PUT`.",
    "schema_violated": "Mend the members that `errors` points at, or change the collection's schema.",
    "shutting_down": "Send the same request again on a new connection: another process may answer it.",
    "starting": "Send the same request again after the seconds of `Retry-After`; `detail` says what is waited for.",
    "store_unavailable": "Send the same request again after the seconds of `Retry-After`.",
    "unsupported_media_type": "Send one of the media types that `detail` names.",
    "validation_failed": "Mend the members and parameters that `errors` points at.",
}
"""What to do about an error, where more is known than its status says."""

_BY_STATUS: Final[Mapping[int, str]] = {
    400: "Mend the request where `detail` says; it would fail the same way again.",
    401: "Say who you are.",
    403: "Ask somebody who may.",
    404: "Look at the address and the id.",
    405: "Use one of the methods that the Allow header names.",
    409: "Read the present state, and decide again.",
    429: "Wait for the seconds of `Retry-After`.",
    503: "Try again later.",
}
_OTHERWISE: Final = "Mend the request where `detail` says."

_INTRODUCTION: Final = f"""
An error of REST is a problem document (`{MEDIA_TYPE}`, RFC 9457), whose members are those of
[`ProblemBody`](rest.md#ProblemBody); its `type` is `/problems/{{code}}`, which the service answers. An error of
GraphQL has the same `code`, and the same members beside it, in its `extensions`. Codes are stable; titles and details
are for people and may change.
"""


def errors_page() -> str:
    """Returns the page of every code with its status, what it means and what to do about it."""
    rows = [
        (f"`{code}`{{ #{code} }}<br>{status.value}", f"{title}.", remedy(code))
        for code, (status, title) in sorted(CATALOGUE.items())
    ]
    return page("# Error codes", _INTRODUCTION, table(["code and status", "meaning", "what to do"], rows))


def remedy(code: str) -> str:
    """Says what to do about an error, be it only what its status says."""
    return REMEDIES.get(code) or _BY_STATUS.get(CATALOGUE[code][0].value, _OTHERWISE)
