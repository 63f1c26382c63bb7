"""The headers of requests and responses, with their descriptions."""

from collections.abc import Mapping
from typing import Final

REQUEST: Final[Mapping[str, str]] = {
    "Accept": "the media type of the response, if there is a choice.",
    "Authorization": "the credentials, if the service has an authenticator.",
    "Content-Type": "the media type of the body.",
    "Idempotency-Key": "(IETF draft-ietf-httpapi-idempotency-key-header) on every write: a name of 1 to 255 visible "
    "ASCII characters that the client chooses. The same request with the same key is executed once and gets the same "
    "response; another request with that key is refused.",
    "If-Match": '(RFC 9110) on everything with an ETag: entity tags such as `"3"`, or `*`. The response is 412 unless '
    "one of them is the current entity tag.",
    "If-None-Match": "(RFC 9110) on everything with an ETag: entity tags, or `*`. If one of them is the current one, "
    "the response to a read is 304, and to a write 412.",
    "Last-Event-ID": "the cursor from which a stream of changes continues.",
    "Prefer": "(RFC 7240) on every write: `return=minimal` leaves out response bodies, `handling=lenient` ignores "
    "unknown members and parameters. On a list of records, `explain` names missing indexes in `Datastore-Advice`.",
    "X-Correlation-Id": "the operation that the request is a part of, for the log and the change feed.",
    "X-Request-Id": "the id of the request in the log; the response repeats it.",
    "traceparent": "(W3C Trace Context) the span that the request is a part of.",
    "tracestate": "(W3C Trace Context) what the tracing system adds to it.",
}
"""The request headers, with their descriptions; CORS lets pages of allowed origins send them (see `edge/cors.py`)."""

RESPONSE: Final[Mapping[str, str]] = {
    "Accept": "The accepted media types of bodies.",
    "Accept-Encoding": "The accepted content codings of bodies.",
    "Accept-Patch": "The accepted media types of patches.",
    "Allow": "The methods that the resource has.",
    "Content-Disposition": "The file name for an export.",
    "Content-Encoding": "How the body is compressed.",
    "Datastore-Advice": "The indexes that the query lacks.",
    "ETag": 'The version in quotes, such as `"3"`.',
    "Idempotency-Replayed": "`true` if this is the stored response to an earlier request with the Idempotency-Key.",
    "Link": 'The next page, as `rel="next"` (RFC 8288); absent on the last one.',
    "Location": "The record's address.",
    "Preference-Applied": "The preferences that were applied.",
    "Retry-After": "Seconds to wait before another attempt.",
    "WWW-Authenticate": "The authentication schemes that the service accepts.",
    "X-Request-Id": "The id of the request in the service's log.",
}
"""The response headers, with their descriptions; CORS lets pages of allowed origins read them (see `edge/cors.py`)."""
