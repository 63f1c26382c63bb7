"""The Idempotency-Key header (IETF draft-ietf-httpapi-idempotency-key-header)."""

import re
from typing import Final

from fastapi import Request

from datastore_service.api.problems import Problem, RequestRefused
from datastore_service.application.origin import Once

HEADER: Final = "Idempotency-Key"

_STRING: Final = re.compile(r'"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\]){1,255})"')
_BARE: Final = re.compile(r"[\x21\x23-\x2b\x2d-\x7e]{1,255}")


def once_of(request: Request) -> Once | None:
    """Reads the key: a string in quotes, as the draft has it (RFC 8941, section 3.3.3), or the same without quotes.

    Raises:
        RequestRefused: There is more than one key, or one that is empty, too long or of other characters.
    """
    values = request.headers.getlist(HEADER)
    if not values:
        return None
    text = values[0].strip()
    if len(values) == 1 and (string := _STRING.fullmatch(text)):
        return Once(re.sub(r"\\(.)", r"\1", string[1]))
    if len(values) == 1 and _BARE.fullmatch(text):
        return Once(text)
    detail = f"{HEADER}: {', '.join(values)!r} is not one key of 1 to 255 visible ASCII characters."
    raise RequestRefused(Problem("malformed_header", detail, {"errors": [{"header": HEADER, "detail": detail}]}))
