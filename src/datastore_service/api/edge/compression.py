"""Compression of responses, for clients that accept it and if it is worth while (adr/0072)."""

from functools import lru_cache
from typing import Final

from starlette.types import Message, Receive, Scope, Send

from datastore_service.api.http.negotiation import quality_of
from datastore_service.api.http.request_head import RequestHead
from datastore_service.library_internals.starlette import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipResponder

_SMALLEST: Final = 1024
"""Responses below this many bytes are not compressed: it would cost more than it saves."""
_LEVEL: Final = 5
_WITHOUT_BODY: Final = (204, 206, 304)
_SUFFIX: Final = b"-gzip"
_GZIP: Final = "gzip"
_VARY: Final = (b"vary", b"Accept-Encoding")


def compressed(scope: Scope, start: Message, send: Send) -> Send:
    """Returns the `send` that compresses a response, given the response's first message; its headers name the coding.

    A strong ETag identifies one representation (RFC 9110, section 8.8.3). The compressed one therefore has its own,
    such as `"3-gzip"`; `preconditions.py` reads it as the same version.
    """
    headers = start["headers"] = list(start.get("headers", ()))
    known: dict[bytes, bytes] = dict(headers)
    head = RequestHead.of(scope)
    if start["status"] == 304:  # noqa: PLR2004 - Not Modified
        _name_what_is_held(headers, head)
        # Repeats the Vary of the response that 304 stands for (RFC 9110, section 15.4.5); its length is unknown here.
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
    """Puts into a 304 the ETag of the compressed representation, if that is the one that the client holds."""
    held = head.headers.get(b"if-none-match", b"")
    headers[:] = [
        (name, _coded(value) if name == b"etag" and _coded(value) in held else value) for name, value in headers
    ]


def is_large_enough(start: Message) -> bool:
    """Tells whether a response is long enough to compress; streams and 304 have no length, and are not."""
    for name, value in start.get("headers", ()):
        if name == b"content-length":
            return int(value) >= _SMALLEST
    return True


async def _no_app(_scope: Scope, _receive: Receive, _send: Send) -> None:
    """Takes the place of the responder's application, which is never called."""
