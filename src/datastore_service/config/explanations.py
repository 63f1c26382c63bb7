"""What is said of settings: of mistakes, one line each, and of what is allowed."""

import re
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, Final, cast

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from datastore_service.config.section import Section

_MASK: Final = "***"
_KEY: Final = re.compile(r"[\w.+~-]+")
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_TYPES: Final = {"array": "list"}
_REASONS: Final = {
    "bool_parsing": "is not a valid boolean",
    "finite_number": "is not a valid number",
    "float_parsing": "is not a valid number",
    "greater_than_equal": "is too small",
    "int_from_float": "is not a valid integer",
    "int_parsing": "is not a valid integer",
    "less_than_equal": "is too large",
    "literal_error": "is not one of the choices",
    "string_too_short": "is empty",
}

type Values = dict[str, Any]
"""The keys of a section."""
type Schemas = dict[str, Values]
"""The JSON Schema of each setting."""


def problem_of_override(override: str, schemas: Schemas) -> str | None:
    """Judges the part before the `=`; only that is ever shown, for the value may be a secret."""
    key, equals, _ = override.partition("=")
    if key in schemas and equals:
        return None
    if key in schemas:
        return f"{key}: no value; write {key}=VALUE"
    if not _KEY.fullmatch(key) or not (equals or key.startswith("-")):
        return f"{key if _KEY.fullmatch(key) else _MASK} is not KEY=VALUE; for example server.port=9000"
    return f"{key}: no such {'option' if key.startswith('-') else 'key'}{suggestion(key, schemas)}"


def suggestion(key: str, schemas: Schemas) -> str:
    """Returns the key that may be meant, as the end of a sentence; empty if none is like it."""
    candidates = {known.rpartition(".")[2]: known for known in schemas} | {known: known for known in schemas}
    similar = get_close_matches(key.strip("-+~").lower(), candidates, n=1)
    return f"; did you mean {candidates[similar[0]]}?" if similar else ""


def problem_of_value(error: ErrorDetails, schemas: Schemas, variables: Mapping[str, str]) -> str:
    """Turns an error of Pydantic into a line with the key, its variable, the value and what is allowed."""
    key = ".".join(map(str, error["loc"]))
    if key not in schemas:
        return f"{key}: no such key{suggestion(key, schemas)}"
    schema, value = schemas[key], error["input"]
    if error["type"] == "missing" or value is None:
        found = "no value"
    else:
        shown = _mask(str(value)) if _is_secret(schema) else str(value)
        found = f"{shown!r} {error.get('ctx', {}).get('error') or _REASONS.get(error['type'], 'is not valid')}"
    source = f" ({variables[key]})" if key in variables else ""
    return f"{key}{source}: {found}; allowed: {allowed(schema)}"


def _mask(secret: str) -> str:
    scheme = _SCHEME.match(secret)
    return f"{scheme[0] if scheme else ''}{_MASK}"


def schemas_of(settings: type[Section]) -> Schemas:
    """Returns the JSON Schema of every setting by its key."""
    return {
        f"{section}.{name}": schema
        for section, field in settings.model_fields.items()
        for name, schema in cast("type[BaseModel]", field.annotation).model_json_schema()["properties"].items()
    }


def type_of(schema: Values) -> str:
    """Returns the type of a setting, for people."""
    if _is_secret(schema):
        return "secret"
    if "enum" in schema:
        return "choice"
    return schema.get("format") or _TYPES.get(schema["type"]) or schema["type"]


def _is_secret(schema: Values) -> bool:
    return any(option.get("writeOnly") for option in schema.get("anyOf", [schema]))


def allowed(schema: Values) -> str:
    """Returns what values a setting takes, for people."""
    if "enum" in schema:
        return ", ".join(schema["enum"])
    if "minimum" in schema:
        article = "an" if schema["type"] == "integer" else "a"
        return f"{article} {schema['type']} from {schema['minimum']} to {schema['maximum']}"
    return schema.get("allowed") or "true or false"
