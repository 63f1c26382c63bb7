"""The conditional headers of RFC 9110, section 13: ETags are versions in quotes."""

import re
from hashlib import blake2b
from typing import Final, Literal

from fastapi import Request

from datastore_service.api.http.problems import Problem, RequestRefused
from datastore_service.api.http.request_head import RequestHead
from datastore_service.domain.preconditions import ANY_STATE, Precondition

_CONDITIONAL: Final = (b"if-match", b"if-none-match")
_ENTITY_TAG: Final = r'(?:W/)?"[\x21\x23-\x7e\x80-\xff]*"'
_ENTITY_TAGS: Final = re.compile(rf"[\s,]*{_ENTITY_TAG}(?:\s*,[\s,]*{_ENTITY_TAG})*[\s,]*")
_OPAQUE: Final = re.compile(r'"[^"]*"')
# The suffix of a compressed representation's tag: this service's own, and those that proxies such as Apache add.
_OF_A_CODING: Final = re.compile(r'-(?:br|deflate|gzip|zstd)"')
_VERSION: Final = re.compile(r'(W/)?"([1-9][0-9]{0,17})"')


def etag(version: int) -> str:
    """Returns the strong entity tag of a version."""
    return f'"{version}"'


def precondition(request: Request) -> Precondition:
    """Reads If-Match and If-None-Match.

    Raises:
        RequestRefused: One of them is malformed.
    """
    if RequestHead.of(request.scope).headers.keys().isdisjoint(_CONDITIONAL):
        return ANY_STATE
    return Precondition(
        match=_versions(request, "If-Match", weak=False), none_match=_versions(request, "If-None-Match", weak=True)
    )


def weak_etag(body: bytes) -> str:
    """Returns a weak entity tag of a list; it changes with every change of the body."""
    return f'W/"{blake2b(body, digest_size=12).hexdigest()}"'


def is_held_already(request: Request, tag: str) -> bool:
    """Tells whether If-None-Match contains the tag, by weak comparison (RFC 9110, section 13.1.2).

    Raises:
        RequestRefused: The header is malformed.
    """
    text = _entity_tags(request, "If-None-Match")
    if text is None or text == "*":
        return text == "*"
    return tag.removeprefix("W/") in _OPAQUE.findall(_OF_A_CODING.sub('"', text))


def _versions(request: Request, header: str, *, weak: bool) -> frozenset[int] | Literal["*"] | None:
    text = _entity_tags(request, header)
    return None if text is None else versions(text, weak=weak)


def versions(text: str, *, weak: bool) -> frozenset[int] | Literal["*"]:
    """Reads `*` or a list of entity tags.

    Raises:
        ValueError: The text is neither.
    """
    if text == "*":
        return "*"
    if not _ENTITY_TAGS.fullmatch(text):
        raise ValueError(f'{text!r} is neither * nor a list of entity tags such as "3"')
    # A tag that is not a version, or is weak in a strong comparison, matches nothing.
    return frozenset(
        int(number) for is_weak, number in _VERSION.findall(_OF_A_CODING.sub('"', text)) if weak or not is_weak
    )


def _entity_tags(request: Request, header: str) -> str | None:
    given = RequestHead.of(request.scope).get(header.lower().encode("ascii"))
    if given is None:
        return None
    text = given.strip()
    if text != "*" and not _ENTITY_TAGS.fullmatch(text):
        detail = f'{header}: {text!r} is neither * nor a list of entity tags such as "3".'
        raise RequestRefused(Problem("malformed_header", detail, {"errors": [{"header": header, "detail": detail}]}))
    return text
