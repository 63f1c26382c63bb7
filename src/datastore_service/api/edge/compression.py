"""Answers are compressed for clients that take it, if that is worth while (adr/0072)."""

from functools import lru_cache
from typing import Final

from starlette.types import Message, Receive, Scope, Send

from datastore_service.api.http.negotiation import quality_of
from datastore_service.api.http.request_head import RequestHead
from datastore_service.library_internals.starlette import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipResponder

_SMALLEST: Final = 1024
"""Bytes below which packets and time are spent for nothing."""
_LEVEL: Final = 5
_WITHOUT_BODY: Final = (204, 206, 304)
_SUFFIX: Final = b"-gzip"
_GZIP: Final = "gzip"
_VARY: Final = (b"vary", b"Accept-Encoding")


def compressed(scope: Scope, start: Message, send: Send) -> Send:
    """Returns what sends an answer, given its first message, whose headers say how the body is coded.

    A strong ETag is that of one representation (RFC 9110, section 8.8.3), so that of the compressed one is another:
    `"3-gzip"`, which `preconditions.py` takes for the same version.
    """
    headers = start["headers"] = list(start.get("headers", ()))
    known: dict[bytes, bytes] = dict(headers)
    head = RequestHead.of(scope)
    if start["status"] == 304:  # noqa: PLR2004 - Not Modified
        _name_what_is_held(headers, head)
        # It has the Vary of the answer that it stands for (RFC 9110, section 15.4.5), whose length is not known here.
        headers.append(_VARY)
        return send
    if not _can_be_compressed(start["status"], known):
        return send
    if scope["method"] == "HEAD" or not _takes_gzip(head.get(b"accept-encoding") or ""):
        headers.append(_VARY)
        return send
    headers[:] = [(name, _coded(value) if name == b"etag" else value) for name, value in headers]
    responder = GZipResponder(_no_app, 0, compresslevel=_LEVEL)
    responder.send = send
    return responder.send_with_compression


def _can_be_compressed(status: int, headers: dict[bytes, bytes]) -> bool:
    if status in _WITHOUT_BODY or b"content-encoding" in headers:
        return False
    if b"no-transform" in headers.get(b"cache-control", b""):
        return False
    media_type = headers.get(b"content-type", b"").partition(b";")[0].strip().decode("latin-1")
    return not _is_excluded(media_type)


@lru_cache(maxsize=256)
def _is_excluded(media_type: str) -> bool:
    return not {media_type, f"{media_type.partition('/')[0]}/*"}.isdisjoint(DEFAULT_EXCLUDED_CONTENT_TYPES)


@lru_cache(maxsize=256)
def _takes_gzip(accepted: str) -> bool:
    gzip = quality_of(accepted, _GZIP)
    return gzip > 0 and gzip >= quality_of(accepted, "identity", otherwise=0)


def _coded(tag: bytes) -> bytes:
    return tag if tag.startswith(b"W/") else tag.removesuffix(b'"') + _SUFFIX + b'"'


def _name_what_is_held(headers: list[tuple[bytes, bytes]], head: RequestHead) -> None:
    """Has 304 name the representation that the client holds, if that is the compressed one."""
    held = head.headers.get(b"if-none-match", b"")
    headers[:] = [
        (name, _coded(value) if name == b"etag" and _coded(value) in held else value) for name, value in headers
    ]


def is_large_enough(start: Message) -> bool:
    """Tells whether an answer is worth compressing by its length, if it knows that: streams and 304 do not."""
    for name, value in start.get("headers", ()):
        if name == b"content-length":
            return int(value) >= _SMALLEST
    return True


async def _no_app(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """Stands for the application that the responder is not asked to call."""
