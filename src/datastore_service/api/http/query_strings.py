"""Query strings: text in UTF-8, with parameters that have one value each."""

import re
from collections.abc import Collection
from typing import Final, get_args, get_origin
from urllib.parse import unquote, unquote_to_bytes

from starlette.datastructures import QueryParams

from datastore_service.api.http.problems import Problem, RequestRefused
from datastore_service.api.http.request_head import RequestHead
from datastore_service.library_internals.fastapi import Dependant, get_flat_params

_SEVERAL: Final = (list, tuple, set, frozenset)


def single_parameters(route: Dependant) -> frozenset[str]:
    """Returns the names of a route's parameters that have one value each."""
    return frozenset(field.alias for field in get_flat_params(route) if not _is_several(field.field_info.annotation))


def expect_once(query: QueryParams, names: Collection[str], code: str) -> None:
    """Refuses a query string that repeats one of these parameters: all but one of its values would be ignored.

    Raises:
        RequestRefused: A parameter is repeated; the error has this code.
    """
    if not query:
        return
    for name in query if len(query) < len(query.multi_items()) else ():
        if name in names and (times := len(query.getlist(name))) > 1:
            detail = f"{name}: is given {times} times; it may be given once."
            errors = [{"in": "query", "parameter": name, "detail": detail}]
            raise RequestRefused(Problem(code, detail, {"errors": errors}))


def misencoded(head: RequestHead) -> Problem | None:
    """Names the part of the address that does not decode to UTF-8, if there is one (RFC 3986, section 2.5).

    The framework would replace the bytes by U+FFFD, and look for something else than the client meant.
    """
    target = head.raw_path + head.query
    if target.isascii() and not _BEYOND_ASCII.search(target):
        return None
    if not _is_utf_8(head.raw_path):
        return Problem("malformed_request", f"The path holds bytes that are not UTF-8. {_HOW_TO_ENCODE}")
    if _is_utf_8(head.query):
        return None
    pair = next(pair for pair in head.query.split(b"&") if not _is_utf_8(pair))
    name = unquote(pair.partition(b"=")[0], errors="backslashreplace")
    detail = f"{name}: holds bytes that are not UTF-8. {_HOW_TO_ENCODE}"
    return Problem("malformed_request", detail, {"errors": [{"in": "query", "parameter": name, "detail": detail}]})


_HOW_TO_ENCODE: Final = "Text is written as the percent-encoded bytes of its UTF-8 form, such as %C3%A9 for é."

_BEYOND_ASCII: Final = re.compile(rb"%[89A-Fa-f]")
"""The start of a percent-encoded byte outside ASCII."""


def _is_utf_8(encoded: bytes) -> bool:
    if not encoded.isascii():
        return False
    if b"%" not in encoded:
        return True
    try:
        unquote_to_bytes(encoded).decode()
    except UnicodeDecodeError:
        return False
    return True


def _is_several(annotation: object) -> bool:
    return any(get_origin(part) in _SEVERAL for part in (annotation, *get_args(annotation)))
