"""Formats that jsonschema-rs does not assert: it knows those of texts only."""

from typing import Final

from datastore_service.domain.json_value import Json

_INT32: Final[dict[str, Json]] = {"minimum": -(2**31), "maximum": 2**31 - 1}
_NO_SCHEMAS: Final = frozenset({"const", "default", "enum", "examples"})


def with_int32_bounds(schema: Json) -> Json:
    """Returns the schema with bounds beside each `format: int32`."""
    if isinstance(schema, list):
        return [with_int32_bounds(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {key: value if key in _NO_SCHEMAS else with_int32_bounds(value) for key, value in schema.items()}
    if found.get("format") != "int32":
        return found
    return {**found, "allOf": [*_list(found.get("allOf")), {**_INT32}]}


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
