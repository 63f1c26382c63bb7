"""REST as a page, from the OpenAPI document."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple, cast

from datastore_service.api.http.catalogue import CATALOGUE
from datastore_service.api.http.documented_headers import RESPONSE
from docsite.markdown import block, page, table

type Schema = Mapping[str, Any]


class Operation(NamedTuple):
    """What one method of one path does."""

    tag: str
    method: str
    path: str
    described: Schema

    @property
    def id(self) -> str:
        return self.described["operationId"]

    @property
    def title(self) -> str:
        return f"`{self.method}`{{ .method .{self.method.lower()} }} `{self.path}`"

    @property
    def text(self) -> str:
        return self.described.get("description") or self.described.get("summary", "")


_BOUNDS: Final = {
    "minimum": "at least {}",
    "exclusiveMinimum": "more than {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "less than {}",
    "minLength": "at least {} characters",
    "maxLength": "at most {} characters",
    "minItems": "at least {} items",
    "maxItems": "at most {} items",
    "pattern": "matches `{}`",
    "default": "by default `{}`",
}
_INTRODUCTION: Final = """
The service describes itself, too: as OpenAPI at `/openapi.json`, in Swagger UI at `/docs` and in ReDoc at `/redoc`.
Any request may also be answered with an error that the table of its answers does not name, such as
[`internal_error`](errors.md#internal_error).
"""


def rest_page(document: Schema) -> str:
    """Returns the page of all operations, by their tags, and of the bodies that they take and give."""
    operations = list(_operations(document))
    rows = [(f"[{each.title}](#{each.id})", each.text) for each in operations]
    parts: list[str] = []
    for tag in dict.fromkeys(each.tag for each in operations):
        parts += [f"## {tag.capitalize()}", *(_section(each) for each in operations if each.tag == tag)]
    bodies = [_body(name, schema) for name, schema in sorted(document["components"]["schemas"].items())]
    return page("# REST", _INTRODUCTION, table(["request", "what it does"], rows), *parts, "## Bodies", *bodies)


def _operations(document: Schema) -> Iterator[Operation]:
    shared = document["components"]["parameters"]
    for path, operations in document["paths"].items():
        for method, described in operations.items():
            parameters = [
                shared[each["$ref"].rpartition("/")[2]] if "$ref" in each else each
                for each in described.get("parameters", ())
            ]
            named = {**described, "parameters": parameters}
            yield Operation(described.get("tags", ["other"])[0], method.upper(), path, named)


def _section(operation: Operation) -> str:
    described = operation.described
    parameters = [
        (f"`{each['name']}`", each["in"] + (", required" if each.get("required") else ""), *_meaning(each))
        for each in described.get("parameters", ())
    ]
    contents = described.get("requestBody", {}).get("content", {}).items()
    return page(
        f"### {operation.title} {{ #{operation.id} }}",
        operation.text,
        table(["parameter", "in", "type", "meaning"], parameters) if parameters else "",
        *(f"The body is `{kind}`: {_type(content.get('schema', {}))}." for kind, content in contents),
        table(["status", "answer"], [_answer(*each) for each in sorted(described["responses"].items())]),
    )


def _answer(status: str, answer: Schema) -> tuple[str, str]:
    text = re.sub(r"`(\w+)`", lambda code: _linked(code[1]), answer["description"])
    contents = [f"`{kind}`: {_type(each.get('schema', {}))}." for kind, each in answer.get("content", {}).items()]
    headers = [f"Header `{name}`: {RESPONSE[name]}" for name in answer.get("headers", {})]
    return status, "<br>".join([text, *([] if status >= "400" else contents), *headers])


def _linked(code: str) -> str:
    return f"[`{code}`](errors.md#{code})" if code in CATALOGUE else f"`{code}`"


def _body(name: str, schema: Schema) -> str:
    required = schema.get("required", ())
    members = [
        (f"`{member}`" + ("" if member in required else " (optional)"), *_meaning(described))
        for member, described in schema.get("properties", {}).items()
    ]
    examples = [block("json", json.dumps(each, indent=2, ensure_ascii=False)) for each in schema.get("examples", ())]
    return page(
        f"### {name} {{ #{name} }}",
        schema.get("description", ""),
        table(["member", "type", "meaning"], members) if members else f"It is: {_type(schema)}.",
        *(["For example:", *examples] if examples else ()),
    )


def _meaning(described: Schema) -> tuple[str, str]:
    """Returns the type of a parameter or member, and what is said of it besides."""
    schema = described.get("schema", described)
    said = described.get("description") or schema.get("description", "")
    parts = [schema, *(part for part in _options(schema) if part.get("type") != "null")]
    bounds = [text.format(_shown(part[key])) for part in parts for key, text in _BOUNDS.items() if key in part]
    return _type(schema), " ".join([said, f"({'; '.join(bounds)})" if bounds else ""]).strip()


def _options(schema: Schema) -> list[Schema]:
    return [*schema.get("anyOf", ()), *schema.get("oneOf", ())]


def _shown(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return value if isinstance(value, str) else json.dumps(value)


def _type(schema: Schema) -> str:  # noqa: PLR0911 - one return a kind of schema reads best
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return f"[{name}](#{name})"
    if options := _options(schema):
        return " or ".join(dict.fromkeys(_type(option) for option in options))
    if "allOf" in schema:
        return " and ".join(_type(part) for part in schema["allOf"])
    if "enum" in schema or "const" in schema:
        return " or ".join(f"`{json.dumps(value)}`" for value in schema.get("enum", [schema.get("const")]))
    kind: object = schema.get("type")
    if isinstance(kind, list):
        return " or ".join(cast("list[str]", kind))
    if kind == "array":
        return f"array of {_type(schema.get('items', {}))}"
    if isinstance(schema.get("additionalProperties"), Mapping):
        return f"object of {_type(schema['additionalProperties'])}"
    return f"{kind} ({schema['format']})" if "format" in schema else str(kind or "any JSON value")
