"""The Idempotency-Key header (IETF draft-ietf-httpapi-idempotency-key-header)."""

import re
from typing import Final

from fastapi import Request

from datastore_service.api.http.problems import Problem, RequestRefused
from datastore_service.api.http.request_head import RequestHead
from datastore_service.application.request_context import IdempotencyKey

HEADER: Final = "Idempotency-Key"
_HEADER: Final = b"idempotency-key"

_STRING: Final = re.compile(r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\]){1,255})"')
_BARE: Final = re.compile(r"[\x21\x23-\x2b\x2d-\x7e]{1,255}")


def idempotency_key_of(request: Request) -> IdempotencyKey | None:
    """Reads the key: a quoted string, as the draft has it (RFC 8941, section 3.3.3), or the same without quotes.

    Raises:
        RequestRefused: There is more than one key, or the key is empty, too long or has other characters.
    """
    given = RequestHead.of(request.scope).get(_HEADER)
    if given is None:
        return None
    text = given.strip()
    if string := _STRING.fullmatch(text):
        return IdempotencyKey(re.sub(r"\\(.)", r"\1", string[1]))
    if _BARE.fullmatch(text):
        return IdempotencyKey(text)
    detail = f"{HEADER}: {given!r} is not one key of 1 to 255 visible ASCII characters."
    raise RequestRefused(Problem("malformed_header", detail, {"errors": [{"header": HEADER, "detail": detail}]}))
