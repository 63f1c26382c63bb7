"""Leaves out unknown members and parameters, for clients that send `Prefer: handling=lenient`."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode

from datastore_service.domain.json_value import Json

type Location = tuple[int | str, ...]


def unknown_parts(errors: Sequence[Any]) -> list[Location] | None:
    """Returns the locations of unknown members, or None if something else is wrong as well."""
    if any(error["type"] != "extra_forbidden" for error in errors):
        return None
    return [tuple(error["loc"]) for error in errors]


def body_without(body: Json, parts: Sequence[Location]) -> Json:
    """Returns the body without these parts; their locations begin with `body`."""
    for place, *steps in parts:
        if place == "body":
            _remove(body, steps)
    return body


def query_without(query: bytes, parts: Sequence[Location]) -> bytes:
    """Returns the query string without these parts; their locations begin with `query`."""
    unknown = {str(name) for place, name, *_ in parts if place == "query"}
    kept = [pair for pair in parse_qsl(query.decode("latin-1"), keep_blank_values=True) if pair[0] not in unknown]
    return urlencode(kept).encode("ascii")


def _remove(value: Json, steps: Sequence[int | str]) -> None:
    """Follows the steps as far as the value has them: a location may name the variant that validation has tried."""
    *way, last = steps
    for step in way:
        if isinstance(value, dict) and step in value:
            value = value[str(step)]
        elif isinstance(value, list) and isinstance(step, int):
            value = value[step]
    if isinstance(value, dict):
        value.pop(str(last), None)
