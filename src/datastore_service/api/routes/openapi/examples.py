"""Examples for the OpenAPI document: of errors from the catalogue, of bodies from their schemas."""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from datastore_service.api.http.catalogue import CATALOGUE
from datastore_service.api.http.problems import Problem

JSON_TYPES: Final = ("application/json", "application/problem+json")

_CODE: Final = re.compile(r"`(\w+)`: ")
_ID: Final = "01890a5d-ac96-774b-bcce-b302099a8057"
_TIME: Final = "2026-11-25T09:30:00.098745Z"
_MEMBERS: Final[Mapping[str, Any]] = {
    "collection": "people",
    "created_at": _TIME,
    "name": "people",
    "next_cursor": "AYkKXayWd0u8zrMCmaKAVw",
    "payload": {"name": "Ada Lovelace", "born": 1815},
    "record_id": _ID,
    "schema": {"type": "object", "required": ["name"]},
    "tags": ["mathematician"],
    "updated_at": _TIME,
    "version": 3,
}
"""Example values of members and parameters with these names."""
_FORMATS: Final[Mapping[str, Any]] = {"uuid": _ID, "date-time": _TIME}
_OF_TYPES: Final[Mapping[str, Any]] = {"boolean": True, "integer": 1, "null": None, "number": 1, "string": "text"}


def add_examples(operation: Mapping[str, Any], components: dict[str, Any]) -> None:
    """Adds an example to each response, request body and path parameter of an operation that has none."""
    schemas = components["schemas"]
    errors = components.setdefault("examples", {})
    for parameter in operation.get("parameters", ()):
        if parameter["in"] == "path" and not _has_one(parameter, schemas) and parameter["name"] in _MEMBERS:
            parameter["example"] = _MEMBERS[parameter["name"]]
    for status, response in operation["responses"].items():
        for media_type, content in response.get("content", {}).items():
            named = _CODE.findall(response["description"]) if status == "default" or status >= "400" else []
            codes = [code for code in named if code in CATALOGUE]
            errors |= {code: _error(code) for code in codes}
            if codes:
                content["examples"] = {code: {"$ref": f"#/components/examples/{code}"} for code in codes}
            elif media_type in JSON_TYPES:
                _add_one(content, schemas)
    for media_type, content in operation.get("requestBody", {}).get("content", {}).items():
        if media_type in JSON_TYPES:
            _add_one(content, schemas)


def _error(code: str) -> dict[str, Any]:
    _, title = CATALOGUE[code]
    return {"summary": f"{title}.", "value": Problem(code, f"{title}.").to_dict()}


def _add_one(content: dict[str, Any], schemas: Mapping[str, Any]) -> None:
    if not _has_one(content, schemas):
        content["example"] = _example(content["schema"], schemas, "")


def _has_one(content: Mapping[str, Any], schemas: Mapping[str, Any]) -> bool:
    schema = _resolved(content.get("schema", {}), schemas)
    return any(name in part for part in (content, schema) for name in ("example", "examples"))


def _resolved(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in schema:
        schema = schemas[schema["$ref"].rpartition("/")[2]]
    return schema


def _example(schema: Mapping[str, Any], schemas: Mapping[str, Any], name: str) -> Any:  # noqa: ANN401, PLR0911 - any JSON
    """Makes an example of a schema: the first alternative of each choice, and the known values of members by name."""
    schema = _resolved(schema, schemas)
    if "examples" in schema:
        return schema["examples"][0]
    if "const" in schema or "enum" in schema:
        return schema.get("const", schema.get("enum", [None])[0])
    if name in _MEMBERS and "$ref" not in schema:
        return _MEMBERS[name]
    for choice in ("anyOf", "oneOf"):
        if choice in schema:
            return _example(schema[choice][0], schemas, name)
    if "properties" in schema:
        members = cast("Mapping[str, Any]", schema["properties"])
        return {each: _example(member, schemas, each) for each, member in members.items()}
    if "items" in schema:
        return [_example(schema["items"], schemas, name)]
    if "format" in schema:
        return _FORMATS.get(schema["format"], "text")
    types: str | Sequence[str] = schema.get("type", "object")
    kind = types if isinstance(types, str) else types[0]
    return _OF_TYPES.get(kind, [] if kind == "array" else {})
