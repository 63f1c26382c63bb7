"""Where a schema is written: which definition a place refers to."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from datastore_service.domain.typed.flattening import says_nothing
from datastore_service.domain.typed.schema_parts import Part, SchemaDocument, mapping, sequence

_DEFINITION: Final = re.compile(r"/(?:\$defs|definitions)/([^/]+)")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a schema is written.

    Attributes:
        pointer: The place.
        definition: The name of the definition, if that is one.
        is_elsewhere: Whether a reference leads there.
    """

    pointer: str
    definition: str | None
    is_elsewhere: bool


def origin_of(document: SchemaDocument, parts: Sequence[Part]) -> Origin:
    """Follows references as long as nothing but annotations and "or null" stands beside them."""
    origin = Origin(parts[0].pointer, None, is_elsewhere=False)
    if len(parts) > 1:
        return origin
    part: Part | None = parts[0]
    seen: set[str] = set()
    is_elsewhere = False
    while part is not None and part.pointer not in seen:
        seen.add(part.pointer)
        if found := _DEFINITION.fullmatch(part.pointer):
            origin = Origin(part.pointer, found[1].replace("~1", "/").replace("~0", "~"), is_elsewhere=True)
        elif is_elsewhere and mapping(part.schema).get("$ref") is None:
            origin = origin if origin.definition else Origin(part.pointer, None, is_elsewhere=True)
        following = _next(document, part)
        is_elsewhere = is_elsewhere or "$ref" in mapping(part.schema)
        part = following
    return origin


def _next(document: SchemaDocument, part: Part) -> Part | None:
    found = mapping(part.schema)
    words = [keyword for keyword in found if not says_nothing(keyword)]
    if words == ["$ref"]:
        return document.target(found["$ref"])
    if words == ["allOf"] and len(found["allOf"]) == 1:
        return Part(part.at("allOf", 0), found["allOf"][0])
    if len(words) == 1 and words[0] in ("anyOf", "oneOf"):
        alternatives = [Part(part.at(words[0], index), each) for index, each in enumerate(sequence(found[words[0]]))]
        others = [each for each in alternatives if mapping(each.schema).get("type") != "null"]
        return others[0] if (len(alternatives), len(others)) == (2, 1) else None
    return None
