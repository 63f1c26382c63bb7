"""The schema of filters in the OpenAPI document."""

from collections.abc import Mapping
from typing import Any, Final

from pydantic.config import JsonDict

from datastore_service.api.http import descriptions
from datastore_service.application.fields import Attribute, Kind
from datastore_service.application.read.criteria.comparisons import MAX_PATTERN_LENGTH

REFERENCE: Final[JsonDict] = {"$ref": "#/components/schemas/Filter"}
_ITEM_REFERENCE: Final[JsonDict] = {"$ref": "#/components/schemas/PayloadItemFilter"}

_TEXT: Final[JsonDict] = {"type": "string", "pattern": "^[^\\u0000]*$"}
_PATTERN: Final[JsonDict] = {
    "type": "string",
    "maxLength": MAX_PATTERN_LENGTH,
    "pattern": r"^([^\\\u0000]|\\[^\u0000])*$",
    "description": "`%` matches any text, `_` any character; a backslash escapes the next one.",
}
_TEXTS: Final[JsonDict] = {
    "like": _PATTERN,
    "ilike": _PATTERN,
    "starts_with": {**_TEXT, "maxLength": MAX_PATTERN_LENGTH},
}
_ANY: Final[JsonDict] = {"description": "Any JSON value."}
_TIME: Final[JsonDict] = {"type": "string", "format": "date-time"}
_NUMBER: Final[JsonDict] = {"type": "number"}
_UUID: Final[JsonDict] = {"type": "string", "format": "uuid"}
_FLAG: Final[JsonDict] = {"type": "boolean"}


def _comparisons(value: JsonDict, ordered: JsonDict | None, more: JsonDict | None = None) -> JsonDict:
    """Returns the schema of a field's condition: a value to equal, or operators."""
    orders: JsonDict = dict.fromkeys(("gt", "gte", "lt", "lte"), ordered) if ordered else {}
    items: JsonDict = {"type": "array", "items": value}
    operators: JsonDict = {"eq": value, "ne": value, "in": items, "nin": items, **orders, **(more or {})}
    described: list[Any] = [
        value,
        {"type": "object", "minProperties": 1, "properties": operators, "additionalProperties": False},
    ]
    return {"anyOf": described}


_TAGS: Final[JsonDict] = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT}]}
_EQUAL: Final[JsonDict] = {"type": ["string", "number", "boolean", "null", "array"]}
_OF_ITEMS: Final[JsonDict] = {"any": _ITEM_REFERENCE, "none": _ITEM_REFERENCE, "size": _comparisons(_NUMBER, _NUMBER)}
_EQUALS: Final[list[Any]] = _comparisons(
    _ANY, {"type": ["string", "number", "boolean"]}, {"contains": _ANY, "exists": _FLAG, **_TEXTS, **_OF_ITEMS}
)["anyOf"]  # pyright: ignore[reportAssignmentType] - it is a list
_OF_PATH: Final[JsonDict] = {"anyOf": [_EQUAL, _EQUALS[1]]}


def _combined(reference: JsonDict) -> JsonDict:
    several: JsonDict = {"type": "array", "items": reference}
    return {"and": several, "or": several, "not": reference}


_OF_KIND: Final[Mapping[Kind, JsonDict]] = {
    Kind.ID: _comparisons(_UUID, _UUID),
    Kind.TEXT: _comparisons(_TEXT, _TEXT, _TEXTS),
    Kind.NUMBER: _comparisons(_NUMBER, _NUMBER),
    Kind.TEXTS: {
        "anyOf": [
            _TEXT,
            {"type": "array", "items": _TEXT},
            {
                "type": "object",
                "minProperties": 1,
                "properties": {
                    "eq": _TAGS,
                    "ne": _TAGS,
                    "contains": _TAGS,
                    "in": {"type": "array", "items": _TEXT},
                    "nin": {"type": "array", "items": _TEXT},
                },
                "additionalProperties": False,
            },
        ]
    },
    Kind.TIME: _comparisons(_TIME, _TIME),
}

FILTER_SCHEMA: Final[JsonDict] = {
    "title": "Filter",
    "type": "object",
    "description": descriptions.FILTER_TREE,
    "properties": {
        **_combined(REFERENCE),
        **{attribute: _OF_KIND[attribute.kind] for attribute in Attribute},
        Attribute.DELETED_AT: _comparisons(_TIME, _TIME, {"exists": _FLAG}),
    },
    "patternProperties": {r"^payload(\.[A-Za-z_]+)*(\[\*\](\.[A-Za-z_]+)*)?$": _OF_PATH},
    "additionalProperties": False,
    "examples": [{"payload.age": {"gte": 30}, "or": [{"payload.city": "London"}, {"tags": {"contains": "vip"}}]}],
}

ITEM_FILTER_SCHEMA: Final[JsonDict] = {
    "title": "PayloadItemFilter",
    "type": "object",
    "description": descriptions.ITEM_FILTER,
    "properties": _combined(_ITEM_REFERENCE),
    "patternProperties": {r"^item(\.[A-Za-z_]+)*(\[\*\](\.[A-Za-z_]+)*)?$": _OF_PATH},
    "additionalProperties": False,
    "examples": [{"item.sku": "A-1", "item.quantity": {"gt": 3}}],
}
