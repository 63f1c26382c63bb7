"""Headers that every response has: its id, and what browsers may do with it."""

from collections.abc import Iterable
from typing import Final

from datastore_service.api.edge import correlation

type RawHeaders = list[tuple[bytes, bytes]]

_DEFAULTS: Final = (
    # Clients revalidate by ETag before they reuse a copy; without this, even a 410 could be reused for a while.
    (b"cache-control", b"no-cache"),
    # The pages (Swagger UI, ReDoc, GraphiQL) set their own policy.
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
)
_NAMES: Final = frozenset(name for name, _ in _DEFAULTS)


def completed(headers: Iterable[tuple[bytes, bytes]], request_id: str) -> RawHeaders:
    """Adds the common headers that the response does not set itself."""
    own = list(headers)
    said = dict(own)
    own += _DEFAULTS if _NAMES.isdisjoint(said) else [default for default in _DEFAULTS if default[0] not in said]
    own.append((correlation.HEADER, request_id.encode("ascii")))
    return own
