"""What a JSON Schema may cost: when it is put, and when a value is held against one that was put before."""

import time
from typing import Any

import pytest

from datastore_service.domain.errors import InvalidValue
from datastore_service.infrastructure.json_schemas.costs import SchemaCosts
from datastore_service.infrastructure.json_schemas.validator import MOST_PER_PLACE, CompiledJsonSchemas

AGAIN: dict[str, Any] = {"properties": {"a": {"$ref": "#"}}}


def chain(word: str, length: int, last: Any = True) -> dict[str, Any]:  # noqa: ANN401 - a schema
    """Returns a schema in which each of so many subschemas applies the next one twice."""
    twice = {f"d{number}": {word: [{"$ref": f"#/$defs/d{number + 1}"}] * 2} for number in range(length)}
    return {"$defs": {**twice, f"d{length}": last}, "$ref": "#/$defs/d0"}


BOTH: Any = {"anyOf": [AGAIN, AGAIN]}


def nested(levels: int) -> Any:  # noqa: ANN401 - any JSON
    value: Any = 1
    for _ in range(levels):
        value = {"a": value}
    return value


def union(*kinds: str) -> dict[str, Any]:
    """Returns a schema of trees whose nodes say of which kind they are."""
    return {
        "oneOf": [
            {
                "required": ["kind"],
                "properties": {"kind": {"const": kind}, "parts": {"items": {"$ref": "#"}}},
                "additionalProperties": False,
            }
            for kind in kinds
        ]
    }


TOO_COSTLY: dict[str, tuple[Any, str]] = {
    "alternatives of the same": (
        {"anyOf": [{**AGAIN, "required": ["zz"]}, {**AGAIN, "required": ["yy"]}]},
        "/schema/anyOf",
    ),
    "one of the same": ({"oneOf": [AGAIN, AGAIN]}, "/schema/oneOf"),
    "all of the same": ({"allOf": [AGAIN, AGAIN]}, "/schema/allOf"),
    "not": ({**AGAIN, "not": AGAIN}, "/schema"),
    "if": ({"if": AGAIN, "then": AGAIN}, "/schema"),
    "dependent schemas": ({"dependentSchemas": {"a": AGAIN, "b": AGAIN}}, "/schema"),
    "dependencies": (
        {"$schema": "http://json-schema.org/draft-07/schema#", "dependencies": {"a": AGAIN, "b": AGAIN}},
        "/schema",
    ),
    "items and contains": ({"items": {"$ref": "#"}, "contains": {"$ref": "#"}}, "/schema"),
    "patterns": ({"patternProperties": {"a": {"$ref": "#"}, ".": {"$ref": "#"}}}, "/schema"),
    "a name and a pattern": ({**AGAIN, "patternProperties": {"a": {"$ref": "#"}}}, "/schema"),
    "a name and any other": ({"anyOf": [AGAIN, {"additionalProperties": {"$ref": "#"}}]}, "/schema"),
    "a position and items": ({"allOf": [{"prefixItems": [{"$ref": "#"}]}, {"items": {"$ref": "#"}}]}, "/schema"),
    "by an anchor": ({"$anchor": "x", "anyOf": [{"properties": {"a": {"$ref": "#x"}}}] * 2}, "/schema"),
    "by a dynamic anchor": (
        {"$dynamicAnchor": "x", "anyOf": [{"properties": {"a": {"$dynamicRef": "#x"}}}] * 2},
        "/schema",
    ),
    "by an address": (
        {"$id": "https://example.org/a", "anyOf": [{"properties": {"a": {"$ref": "a"}}}] * 2},
        "/schema",
    ),
    "a property called *": ({"anyOf": [{"properties": {"*": {"$ref": "#"}}}] * 2}, "/schema"),
    "a property without a name": ({"anyOf": [{"properties": {"": {"$ref": "#"}}}] * 2}, "/schema"),
    "references that double": (chain("anyOf", 20), "/schema/$defs"),
    "references to all of two": (chain("allOf", 30), "/schema/$defs"),
    "applied to itself": ({"$ref": "#"}, "/schema"),
    "applied to itself on the way": (
        {"allOf": [{"$ref": "#/$defs/a"}], "$defs": {"a": {"not": {"$ref": "#"}}}},
        "/schema",
    ),
    "too many subschemas": ({"properties": {f"p{number}": True for number in range(6000)}}, "/schema"),
    "many that each name many": (
        {
            "properties": {f"p{number}": {"$ref": "#/$defs/x"} for number in range(2000)},
            "$defs": {"x": {"properties": {f"q{number}": True for number in range(2000)}}},
        },
        "/schema",
    ),
}
CHEAP: dict[str, Any] = {
    "any": True,
    "an object": {"type": "object", "properties": {f"p{number}": {"type": "string"} for number in range(300)}},
    "a list of lists": {"items": {"$ref": "#"}},
    "a tree of two branches": {"properties": {"left": {"$ref": "#"}, "right": {"$ref": "#"}}},
    "a tree whose nodes have kinds": union("and", "or", "not"),
    "a hundred alternatives": {"oneOf": [{"properties": {"a": {"const": number}}} for number in range(100)]},
    "an extension that is closed": {
        "$defs": {"base": AGAIN},
        "allOf": [{"$ref": "#/$defs/base"}],
        "unevaluatedProperties": False,
    },
    "the metaschema": {"$ref": "https://json-schema.org/draft/2020-12/schema"},
    "references that double ten times": chain("anyOf", 10),
}


@pytest.mark.parametrize(("schema", "place"), TOO_COSTLY.values(), ids=TOO_COSTLY)
def test_refuses_a_schema_by_which_a_validation_would_not_end(schema: Any, place: str) -> None:  # noqa: ANN401
    began = time.thread_time()

    with pytest.raises(InvalidValue) as refused:
        CompiledJsonSchemas().check(schema)

    assert refused.value.pointer.startswith(place)
    assert time.thread_time() - began < 1


@pytest.mark.parametrize("schema", CHEAP.values(), ids=CHEAP)
def test_takes_a_schema_that_is_checked_quickly(schema: Any) -> None:  # noqa: ANN401
    CompiledJsonSchemas().check(schema)

    assert SchemaCosts.of(schema, 100, 5000).per_place(100) <= MOST_PER_PLACE


@pytest.mark.parametrize(("schema", "place"), TOO_COSTLY.values(), ids=TOO_COSTLY)
def test_holds_values_against_one_that_was_put_before_in_a_short_time(schema: Any, place: str) -> None:  # noqa: ANN401
    assert place
    values: list[Any] = [
        nested(3),
        nested(30),
        nested(99),
        [[[[1] * 10] * 10] * 10] * 10,
        "x",
        {"*": nested(30), "": nested(30)},
    ]
    began = time.thread_time()

    found = [CompiledJsonSchemas().violations(schema, value) for value in values]

    assert time.thread_time() - began < 2
    assert all(reason for violations in found for _, reason in violations)


def test_says_what_does_not_fit_where_it_can() -> None:
    schemas = CompiledJsonSchemas()
    wide: Any = ["a"] * 100_000

    assert len(schemas.violations({"items": {"type": "integer"}}, wide[:100])) == 10
    assert schemas.violations({"items": {"type": "integer"}}, wide) == [("/0", 'the value is not of type "integer"')]
    ((pointer, reason),) = schemas.violations({"items": {"anyOf": [{"type": "integer"}, {"type": "null"}]}}, wide)
    assert (pointer, "too large to locate the errors" in reason) == ("", True)
    assert schemas.violations(union("and", "or"), {"kind": "and", "parts": [{"kind": "or"}]}) == []
    assert schemas.violations(union("and", "or"), {"kind": "and", "parts": [{"kind": "xor"}]})


def test_takes_deep_values_of_kinds_that_are_told_apart() -> None:
    value: dict[str, Any] = {"kind": "or"}
    for _ in range(40):
        value = {"kind": "and", "parts": [value]}

    assert CompiledJsonSchemas().violations(union("and", "or", "not"), value) == []


def test_takes_values_for_a_large_schema_that_was_put_before() -> None:
    schema: Any = {"properties": {f"p{number}": {"type": "integer"} for number in range(10_000)}}

    assert CompiledJsonSchemas().violations(schema, {"p1": 1}) == []
    assert CompiledJsonSchemas().violations(schema, {"p9999": ""}) == [("/p9999", 'the value is not of type "integer"')]


def test_tells_the_branches_of_a_tree_apart() -> None:
    tree: Any = {"properties": {"left": {"$ref": "#"}, "right": {"$ref": "#"}}}

    assert SchemaCosts.of(tree, 100, 5000).per_place(100) == 2
    assert SchemaCosts.of(BOTH, 100, 5000).per_place(3) == 2 * SchemaCosts.of(BOTH, 100, 5000).per_place(2)
