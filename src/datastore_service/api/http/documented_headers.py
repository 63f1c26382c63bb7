"""The headers of requests and answers, with what each is."""

from collections.abc import Mapping
from typing import Final

REQUEST: Final[Mapping[str, str]] = {
    "Accept": "the media type of the answer, where there is a choice.",
    "Authorization": "who makes the request, where the service was given something that reads it.",
    "Content-Type": "the media type of the body.",
    "Idempotency-Key": "(IETF draft-ietf-httpapi-idempotency-key-header) on every write: a name of 1 to 255 visible "
    "ASCII characters that the client makes up. The same request under it is carried out once and gets the same "
    "answer; another request under it is refused.",
    "If-Match": '(RFC 9110) on everything with an ETag: entity tags such as `"3"`, or `*`. The request is 412 unless '
    "one of them is that of the present state.",
    "If-None-Match": "(RFC 9110) on everything with an ETag: entity tags, or `*`. If one of them is that of the "
    "present state, a read is 304 and a write is 412.",
    "Last-Event-ID": "the cursor from which a stream of changes goes on.",
    "Prefer": "(RFC 7240) on every write: `return=minimal` leaves bodies out, `handling=lenient` passes over what is "
    "not known. On a list of records `explain` tells in the header `Datastore-Advice` which index it lacks.",
    "X-Correlation-Id": "what the request is a part of, for the log and for those who follow the changes.",
    "X-Request-Id": "what the request is called in the log; the answer repeats it.",
    "traceparent": "(W3C Trace Context) the span that the request is a part of.",
    "tracestate": "(W3C Trace Context) what the tracing system adds to that.",
}
"""The headers that requests may have, with what each is. Pages elsewhere may send them (see `edge/cors.py`)."""

RESPONSE: Final[Mapping[str, str]] = {
    "Accept": "The media types of bodies that are taken.",
    "Accept-Encoding": "The content codings of bodies that are taken.",
    "Accept-Patch": "The media types of patches that are taken.",
    "Allow": "The methods that the resource has.",
    "Content-Disposition": "The name of the file that an export is saved as.",
    "Content-Encoding": "How the body is compressed.",
    "Datastore-Advice": "The indexes that a question lacks.",
    "ETag": 'The version in quotes, such as `"3"`.',
    "Idempotency-Replayed": "`true` if the answer was given before under the same Idempotency-Key.",
    "Link": 'The next page, as `rel="next"` (RFC 8288); absent on the last one.',
    "Location": "The record's address.",
    "Preference-Applied": "The preferences that are honoured.",
    "Retry-After": "Seconds after which trying again is worth while.",
    "WWW-Authenticate": "How a request proves who makes it.",
    "X-Request-Id": "What the request is called in the service's log.",
}
"""The headers that answers may have, with what each says. Pages elsewhere may read them (see `edge/cors.py`)."""
