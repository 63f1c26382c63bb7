"""The keywords of JSON Schema (draft 2020-12), and the kinds of values that they speak of."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final, cast

from datastore_service.domain.json_value import Json
from datastore_service.domain.typed.schema_parts import number

KINDS: Final = frozenset({"null", "boolean", "integer", "fraction", "string", "array", "object"})
"""The kinds of JSON values; a number is either an integer, such as 1 and 1.0, or a fraction."""

_KINDS_OF_TYPES: Final[Mapping[str, frozenset[str]]] = {
    "number": frozenset({"integer", "fraction"}),
    **{kind: frozenset({kind}) for kind in KINDS - {"fraction"}},
}

LOWER_BOUNDS: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
UPPER_BOUNDS: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
SETS: Final = ("format", "multipleOf", "pattern", "uniqueItems")

ANNOTATIONS: Final = frozenset({"default", "deprecated", "description", "readOnly", "title", "writeOnly"})
_IGNORED: Final = frozenset(
    {*ANNOTATIONS, "$comment", "$defs", "$id", "$schema", "contentEncoding", "contentMediaType", "contentSchema"}
    | {"definitions", "examples"}
)
UNDERSTOOD: Final = frozenset(
    {*LOWER_BOUNDS, *UPPER_BOUNDS, *SETS, "$ref", "additionalProperties", "allOf", "anyOf", "const", "enum", "items"}
    | {"oneOf", "properties", "required", "type"}
)


def kinds_of_types(types: Any) -> frozenset[str]:  # noqa: ANN401 - JSON
    """Returns the kinds of values that `type` takes with this value."""
    names = cast("Sequence[str]", types if isinstance(types, list) else [types])
    return frozenset[str]().union(*(_KINDS_OF_TYPES.get(name, ()) for name in names))


def says_nothing(keyword: str) -> bool:
    """Tells whether a keyword does not narrow what a value may be."""
    return keyword in _IGNORED or keyword.startswith("x-")


def kind_of(value: Json) -> str:
    """Returns the kind of a value."""
    match value:
        case None:
            return "null"
        case bool():
            return "boolean"
        case str():
            return "string"
        case list():
            return "array"
        case dict():
            return "object"
        case _:
            exact = number(value) or Decimal(0)
            return "integer" if exact == exact.to_integral_value() else "fraction"
