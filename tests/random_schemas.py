"""Random JSON Schemas with few names and values, and documents that are likely to fit them.

Made by a generator of random numbers, and not by strategies: a property looks at hundreds of pairs in a second.
"""

from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Final

from datastore_service.domain.json_value import Json

type Schema = dict[str, Any]

type Written = Any
"""JSON as tests write it down: to the type checker, a dictionary of dictionaries is no dictionary of JSON values."""

NAMES: Final = ("a", "b", "c")
DEFINITIONS: Final = ("X", "Y")
UUID: Final = "01890a5d-ac96-774b-bcce-b302099a8057"
TEXTS: Final = ("", "red", "green", "a-b", "2020-01-02", "2020-01-02T03:04:05Z", UUID)
NUMBERS: Final = (-1, 0, 1, 2, 3, 0.5, 2.0, 2**31, 10**20)
_LEVELS: Final = 3


class RandomSchemas:
    """Makes schemas and documents; the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - it keeps nothing secret

    def schema(self) -> Schema:
        """Returns a schema of objects, as typed collections have them, with definitions that may be recursive."""
        definitions = {name: self.place(_LEVELS - 1) for name in DEFINITIONS}
        return {**self._object(_LEVELS), "$defs": definitions}

    def changed(self, schema: Schema) -> Schema:
        """Returns a schema that differs from this one in a place or two, as the next schema of a collection does."""
        for _ in range(self._random.randint(1, 2)):
            schema = self._random.choice(self._changes())(schema)
        return schema

    def documents(self, schema: Schema, count: int) -> list[Json]:
        """Returns values that are likely to fit a schema, and often do not."""
        return [self._document(schema, schema, _LEVELS + 1) for _ in range(count)]

    def place(self, levels: int) -> Schema:
        """Returns a schema for a place."""
        if levels == 0 or self._random.random() < 0.3:
            return self._leaf()
        return self._random.choice(self._nested())(levels - 1)

    def value(self, levels: int = 2) -> Json:
        """Returns any of the values that these schemas speak of."""
        match self._random.randrange(8 if levels else 5):
            case 0:
                return None
            case 1:
                return self._random.choice((True, False))
            case 2 | 3:
                return self._random.choice(TEXTS)
            case 4:
                return self._random.choice(NUMBERS)
            case 5:
                return [self.value(levels - 1) for _ in range(self._random.randrange(3))]
            case _:
                return {name: self.value(levels - 1) for name in NAMES if self._random.random() < 0.5}

    def _changes(self) -> list[Callable[[Schema], Schema]]:
        name, definition = self._random.choice(NAMES), self._random.choice(DEFINITIONS)
        place = self.place(_LEVELS - 1)
        return [
            lambda schema: _with_member(schema, name, place),
            lambda schema: _with_member(schema, name, {**schema["properties"].get(name, {}), **self._leaf()}),
            lambda schema: _with_member(schema, name, self._looser(schema["properties"].get(name, {}))),
            lambda schema: {**schema, "properties": {k: v for k, v in schema["properties"].items() if k != name}},
            lambda schema: {**schema, "required": self._some_names()},
            lambda schema: {**schema, "additionalProperties": self._random.choice((True, False, place))},
            lambda schema: {**schema, "$defs": {**schema["$defs"], definition: place}},
            lambda schema: {
                **schema,
                "$defs": {**schema["$defs"], definition: self._looser(schema["$defs"][definition])},
            },
        ]

    def _looser(self, schema: Schema) -> Schema:
        if not schema:
            return schema
        word = self._random.choice([*schema])
        changed = {key: value for key, value in schema.items() if key != word}
        value = schema[word]
        if word in ("minimum", "maximum", "exclusiveMinimum", "maxLength", "maxItems"):
            return {**changed, word: value + 1}
        if word == "type" and value in ("string", "integer"):
            return {**changed, word: [value, "null"]}
        if word in ("enum", "required") and "more" not in value:
            return {**changed, word: [*value, "more"]}
        if word == "properties":
            name = self._random.choice(NAMES)
            return {**schema, word: {**value, name: self._looser(value.get(name, {}))}}
        return changed

    def _some_names(self) -> list[str]:
        return [name for name in NAMES if self._random.random() < 0.4]

    def _leaf(self) -> Schema:
        low, high = sorted(self._random.choices(range(-1, 4), k=2))
        texts = self._random.sample(TEXTS[:4], self._random.randint(1, 3))
        return self._random.choice(
            [
                {},
                {"type": self._random.choice(["string", "boolean", "null", "integer", "number"])},
                {"type": "integer", "minimum": low, "maximum": high},
                {"type": "number", "exclusiveMinimum": low},
                {"type": "string", "maxLength": high + 1},
                {"type": "string", "format": self._random.choice(["date", "date-time", "uuid"])},
                {"type": "string", "pattern": self._random.choice(["^r", "e+"])},
                {"enum": texts},
                {"enum": [*texts, None]},
                {"const": self._random.choice([*TEXTS[:3], 1, None])},
                {"type": [self._random.choice(["string", "integer"]), "null"]},
                {"$ref": f"#/$defs/{self._random.choice(DEFINITIONS)}"},
                {"$ref": f"#/$defs/{self._random.choice(DEFINITIONS)}"},
                {"type": "array", "maxItems": max(low, 0)},
                {"multipleOf": self._random.choice([2, 0.5])},
            ]
        )

    def _nested(self) -> list[Callable[[int], Schema]]:
        place = self.place
        word = self._random.choice(["allOf", "anyOf", "oneOf"])
        return [
            self._object,
            self._object,
            self._object,
            lambda levels: {"type": "array", "items": place(levels)},
            lambda levels: {"anyOf": [place(levels), {"type": "null"}]},
            lambda levels: {"oneOf": [{"type": "null"}, place(levels)]},
            lambda levels: {word: [place(levels) for _ in range(self._random.randint(1, 2))]},
            lambda levels: {**place(levels), "allOf": [place(levels)]},
            lambda levels: {"not": place(levels)},
            lambda levels: {"if": place(levels), "then": place(levels)},
            lambda levels: {"oneOf": [_told("red", place(levels)), _told("green", place(levels))]},
            lambda levels: {**self._object(levels), "patternProperties": {"^a": place(levels)}},
            lambda levels: {"type": "array", "prefixItems": [place(levels)], "items": place(levels)},
            lambda levels: {**self._object(levels), "unevaluatedProperties": False},
        ]

    def _object(self, levels: int) -> Schema:
        names = self._some_names() or ["a"]
        found: Schema = {"type": "object", "properties": {name: self.place(max(levels - 1, 0)) for name in names}}
        if required := self._some_names():
            found["required"] = required
        match self._random.randrange(4):
            case 0:
                found["additionalProperties"] = False
            case 1:
                found["additionalProperties"] = self.place(max(levels - 1, 0))
            case _:
                pass
        return found

    def _document(self, schema: Written, root: Schema, levels: int) -> Json:
        if isinstance(schema, bool) or not levels or self._random.random() < 0.05:
            return self.value()
        found: Mapping[str, Any] = schema
        ways: list[Callable[[], Json]] = []
        if "$ref" in found:
            target = root["$defs"][found["$ref"].rpartition("/")[2]]
            ways.append(lambda: self._document(target, root, levels - 1))
        if words := [word for word in ("allOf", "anyOf", "oneOf") if word in found]:
            each = self._random.choice(found[self._random.choice(words)])
            ways.append(lambda: self._document(each, root, levels - 1))
        if "enum" in found:
            ways.append(lambda: self._random.choice(found["enum"]))
        if "const" in found:
            ways.append(lambda: found["const"])
        if "properties" in found:
            ways.append(lambda: self._object_document(found, root, levels))
        if "items" in found:
            ways.append(
                lambda: [self._document(found["items"], root, levels - 1) for _ in range(self._random.randrange(3))]
            )
        return self._random.choice(ways)() if ways else self._scalar(found.get("type"))

    def _object_document(self, found: Mapping[str, Any], root: Schema, levels: int) -> Json:
        required = found.get("required", [])
        others = found.get("additionalProperties", {})
        names = [name for name in NAMES if name in required or self._random.random() < 0.5]
        return {
            name: self._document(found["properties"].get(name, others), root, levels - 1)
            for name in names
            if name in required or name in found["properties"] or others is not False
        }

    def _scalar(self, kind: object) -> Json:
        match kind:
            case "string":
                return self._random.choice(TEXTS)
            case "integer" | "number":
                return self._random.choice(NUMBERS)
            case "boolean":
                return self._random.choice((True, False))
            case "null":
                return None
            case _:
                return self.value()


def _told(value: str, other: Schema) -> Schema:
    return {"type": "object", "required": ["a"], "properties": {"a": {"const": value}, "b": other}}


def _with_member(schema: Schema, name: str, member: Schema) -> Schema:
    return {**schema, "properties": {**schema["properties"], name: member}}
