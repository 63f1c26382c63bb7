"""The parts of a JSON Schema (draft 2020-12), and where its references lead."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, cast
from urllib.parse import unquote

from datastore_service.domain.json_value import Json, escape_pointer, exact_number

DRAFT: Final = "https://json-schema.org/draft/2020-12/schema"

_MAPS: Final = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
_LISTS: Final = ("allOf", "anyOf", "oneOf", "prefixItems")
_SINGLE: Final = (
    *("additionalProperties", "contains", "contentSchema", "else", "if", "items", "not", "propertyNames", "then"),
    *("unevaluatedItems", "unevaluatedProperties"),
)
_OTHER_REFERENCES: Final = frozenset({"$anchor", "$dynamicAnchor", "$dynamicRef"})


@dataclass(frozen=True, slots=True)
class Part:
    """A subschema, or the value of a keyword.

    Attributes:
        pointer: JSON Pointer from the top of the schema.
    """

    pointer: str
    schema: Json

    def at(self, *steps: str | int) -> str:
        """Returns the pointer to what is below."""
        return self.pointer + "".join(f"/{escape_pointer(step)}" for step in steps)


class SchemaDocument:
    """A whole JSON Schema.

    Attributes:
        is_plain: Whether each reference in it that begins with `#/` is a pointer from the top, and none other is in it.
    """

    def __init__(self, schema: Json) -> None:
        self.root = Part("", schema)
        self.is_plain = all(_is_plain(part) for part in subschemas(self.root))
        draft = mapping(schema).get("$schema", DRAFT)
        self.is_current = isinstance(draft, str) and draft.removesuffix("#") == DRAFT

    def target(self, reference: object) -> Part | None:
        """Returns what a `$ref` leads to; None if that is not a place in this document by its pointer."""
        if not self.is_plain or not isinstance(reference, str):
            return None
        if reference == "#":
            return self.root
        if not reference.startswith("#/"):
            return None
        found: Json = self.root.schema
        pointer = ""
        for token in unquote(reference[2:]).split("/"):
            step = token.replace("~1", "/").replace("~0", "~")
            if isinstance(found, dict) and step in found:
                found = found[step]
            elif isinstance(found, list) and step.isdecimal() and int(step) < len(found):
                found = found[int(step)]
            else:
                return None
            pointer += f"/{escape_pointer(step)}"
        return Part(pointer, found) if isinstance(found, dict | bool) else None


def subschemas(part: Part) -> Iterator[Part]:
    """Returns a schema and all schemas in it, each before those in it."""
    waiting = [part]
    while waiting:
        each = waiting.pop()
        yield each
        waiting.extend(reversed([*_inner(each)]))


def _inner(part: Part) -> Iterator[Part]:
    found = mapping(part.schema)
    for word in _MAPS:
        for name, each in mapping(found.get(word)).items():
            yield Part(part.at(word, name), each)
    for word in _LISTS:
        for index, each in enumerate(sequence(found.get(word))):
            yield Part(part.at(word, index), each)
    for word in _SINGLE:
        if isinstance(found.get(word), dict | bool):
            yield Part(part.at(word), found[word])


def _is_plain(part: Part) -> bool:
    found = mapping(part.schema)
    return not (_OTHER_REFERENCES & found.keys() or (part.pointer and "$id" in found))


def mapping(value: object) -> Mapping[str, Any]:
    """Returns the value if it is an object, and otherwise an empty one."""
    return cast("Mapping[str, Any]", value) if isinstance(value, dict) else {}


def sequence(value: object) -> list[Any]:
    """Returns the value if it is an array, and otherwise an empty one."""
    return cast("list[Any]", value) if isinstance(value, list) else []


def number(value: object) -> Decimal | None:
    """Returns the value if it is a number."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return None
    return exact_number(value)


def canonical(value: Json) -> object:
    """Returns what is equal for two values exactly if JSON Schema takes them as equal, and can be a key."""
    match value:
        case dict():
            return "object", frozenset((key, canonical(each)) for key, each in value.items())
        case list():
            return "array", tuple(map(canonical, value))
        case bool() | None | str():
            return type(value).__name__, value
        case _:
            return "number", exact_number(value)
