"""Variables and inputs are read as graphql-core and Strawberry read them."""

from pprint import pformat
from typing import Any, Final

import pytest
import strawberry
from graphql import OperationDefinitionNode, build_schema, parse
from graphql.execution.values import VariableValues, get_variable_values
from hypothesis import given
from hypothesis import strategies as st
from strawberry.types.arguments import convert_argument

from datastore_service.api.graphql.compiled_fields import NotCompiled
from datastore_service.api.graphql.compiler.inputs import converter
from datastore_service.api.graphql.compiler.variables import Variables
from datastore_service.api.graphql.types.batches import ApplyBatchInput
from datastore_service.api.graphql.types.filters import OrderDirection, RecordAttribute, RecordFilter, RecordOrder
from datastore_service.api.graphql.types.inputs import CreateRecordInput, ReplaceRecordInput
from datastore_service.config.settings import Settings
from datastore_service.domain.json_value import MAX_DEPTH
from datastore_service.main import create_app

SCHEMA: Final = build_schema("""
type Query { a: Int, b: Float }
enum Color { RED GREEN }
input Inner { a: Int! = 3, b: [String!], c: ID }
input Outer { inner: Inner!, inners: [Inner!]! = [], text: String = "x", color: Color, flag: Boolean }
input Tree { tree: Tree, trees: [Tree!], one: Int }
input One @oneOf { a: Int, b: String }
""")
PLAIN: Final = (
    "$a: Int, $b: Int! = 4, $c: String!, $d: [Int!]!, $e: [[Float]], $f: Outer, $g: Color = GREEN, $h: Inner, $t: Tree"
)

anything: Final = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**32) | st.floats() | st.sampled_from(["", "RED", "7"]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
)
inner: Final = st.fixed_dictionaries(
    {},
    optional={
        "a": st.integers(0, 9),
        "b": st.none() | st.lists(st.just("b"), max_size=2) | st.just("b"),
        "c": st.none() | st.integers(0, 9) | st.text(max_size=2),
    },
)
outer: Final = st.fixed_dictionaries(
    {"inner": inner},
    optional={
        "inners": st.lists(inner | anything, max_size=2),
        "text": st.none() | st.text(max_size=2),
        "color": st.sampled_from([None, "RED", "BLUE"]),
        "flag": st.none() | st.booleans() | anything,
    },
)


def nested(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.fixed_dictionaries({}, optional={"tree": st.none() | inner, "trees": st.lists(inner, max_size=2)})


ones: Final[st.SearchStrategy[Any]] = st.dictionaries(st.just("one"), st.none() | st.integers(0, 9))
trees: Final = st.recursive(ones, nested, max_leaves=5)
values: Final = st.fixed_dictionaries(
    {"c": st.text(max_size=3), "d": st.lists(st.integers(0, 9), max_size=3)},
    optional={
        "a": st.none() | st.integers(),
        "b": st.integers(0, 9),
        "e": st.none() | st.lists(st.none() | st.lists(st.none() | st.floats(0, 9), max_size=2), max_size=2),
        "f": st.none() | outer,
        "g": st.sampled_from([None, "RED"]),
        "h": st.none() | inner,
        "t": st.none() | trees,
        "z": anything,
    },
)
broken: Final = st.tuples(values, st.dictionaries(st.sampled_from("abcdefghtz"), anything)).map(
    lambda both: {**both[0], **both[1]}
)


def check(declared: str, inputs: dict[str, Any], *, plain: bool) -> None:
    (operation,) = parse(f"query ({declared}) {{ a }}").definitions
    assert isinstance(operation, OperationDefinitionNode)
    definitions = operation.variable_definitions or ()
    variables = Variables.of(SCHEMA, definitions, 10_000)
    assert (variables.plain is not None) == plain

    expected = get_variable_values(SCHEMA, definitions, inputs)

    if isinstance(expected, VariableValues):
        found = variables.coerced(inputs)
        # Members may come in another order, and NaN is not equal to itself.
        assert pformat(found.coerced) == pformat(expected.coerced)
        assert {name: source.value for name, source in found.sources.items()}.keys() == expected.sources.keys()
    else:
        with pytest.raises(NotCompiled):
            variables.coerced(inputs)


@given(values | broken)
def test_reads_plain_variables_as_graphql_core_does(inputs: dict[str, Any]) -> None:
    check(PLAIN, inputs, plain=True)


@given(st.dictionaries(st.sampled_from("ab"), anything | st.just({"a": 1})))
def test_leaves_other_types_to_graphql_core(inputs: dict[str, Any]) -> None:
    check("$a: One", inputs, plain=False)


def test_reads_what_is_nested_as_deep_as_json_may_be() -> None:
    value: dict[str, Any] = {"one": 1}
    for _ in range(MAX_DEPTH - 3):
        value = {"tree": value}

    check("$t: Tree", {"t": value}, plain=True)


def test_makes_defaults_anew_that_could_be_changed() -> None:
    check("$a: [Int!] = [1]", {}, plain=False)
    check("$a: Inner = {a: 1}", {"b": 2}, plain=False)


@pytest.fixture(scope="module")
def schema(settings: Settings) -> strawberry.Schema:
    return create_app(settings).state.graphql.executable.schema


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (CreateRecordInput, {"id": None, "collection": "a", "tags": ["b"]}),
        (CreateRecordInput, {"id": None, "collection": "a", "payload": {"tags": [None]}, "tags": []}),
        (ReplaceRecordInput, {"id": "1", "payload": None, "expectedVersion": 3, "tags": []}),
        (
            ApplyBatchInput,
            {
                "operations": [
                    {"create": {"collection": "a", "tags": [], "refs": [{"pointer": "/a", "lid": "b"}], "lid": None}},
                    {"link": {"sourceLid": "a", "relation": "r", "target": None}, "delete": None},
                ]
            },
        ),
        (RecordFilter, {"and": [{"not": {"version": {"eq": 1}}}], "payload": [{"path": "a", "exists": True}]}),
        (RecordFilter, {"or": [{"not": {"and": [{"id": {"in": ["1"]}}, {"payload": [{"number": {"gt": 1}}]}]}}, {}]}),
        (RecordFilter, None),
        (RecordOrder, {"attribute": RecordAttribute.ID, "direction": OrderDirection.DESC}),
    ],
)
def test_makes_the_inputs_that_strawberry_makes(schema: strawberry.Schema, kind: type, value: Any) -> None:  # noqa: ANN401
    expected = convert_argument(value, kind, schema.schema_converter.scalar_registry, schema.config)

    assert converter(kind, schema)(value) == expected
