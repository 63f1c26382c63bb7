"""Arguments that are written in a document are read as graphql-core and Strawberry read them, variables in them too."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final, cast
from uuid import UUID

import pytest
import strawberry
from graphql import (
    FieldNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    OperationDefinitionNode,
    parse,
    print_ast,
    validate,
)
from graphql.execution.values import VariableValues, get_argument_values, get_variable_values
from hypothesis import assume, given
from hypothesis import strategies as st
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import convert_arguments

from datastore_service.api.graphql.compiled_fields import NotCompiled
from datastore_service.api.graphql.compiler.arguments import Arguments
from datastore_service.api.graphql.types.scalars import JSON, SCALARS


@strawberry.enum
class Color(Enum):
    RED = "red"
    GREEN = strawberry.enum_value("green", description="Not red.")


@strawberry.input
class Leaf:
    needed: int
    number: int = 3
    texts: list[str] = strawberry.field(default_factory=list[str])
    color: Color = Color.RED
    any_thing: JSON | None = strawberry.UNSET


@strawberry.input
class Tree:
    leaf: Leaf
    leaves: list[Leaf] | None = None
    trees: "list[Tree] | None" = strawberry.field(default=strawberry.UNSET, name="in")
    grid: list[list[int | None]] | None = strawberry.UNSET
    ids: list[UUID] | None = strawberry.UNSET
    flag: bool | None = True


@strawberry.input(one_of=True)
class One:
    number: int | None = strawberry.UNSET
    text: str | None = strawberry.UNSET


@strawberry.type
class Query:
    @strawberry.field
    def answer(
        self,
        tree: Tree,
        trees: list[Tree] | None = None,
        first_number: int = 5,
        one: One | None = strawberry.UNSET,
        grid: list[list[int]] | None = strawberry.UNSET,
        any_thing: JSON | None = strawberry.UNSET,
        color: Color | None = Color.GREEN,
    ) -> str:
        return repr((tree, trees, first_number, one, grid, any_thing, color))


SCHEMA: Final = strawberry.Schema(Query, config=StrawberryConfig(scalar_map=SCALARS))
CORE: Final = cast("GraphQLSchema", cast("Any", SCHEMA)._schema)
FIELD: Final = cast("Any", CORE.query_type).fields["answer"]

LEFT_OUT: Final = object()
_DEPTH: Final = 4
scalars: Final[Mapping[str, st.SearchStrategy[Any]]] = {
    "Int": st.integers(0, 9),
    "String": st.sampled_from(["", "a"]),
    "Boolean": st.booleans(),
    "UUID": st.sampled_from([str(UUID(int=1)), str(UUID(int=2))]),
    "Color": st.sampled_from(["RED", "GREEN"]),
    "JSON": st.recursive(
        st.none() | st.integers(0, 9) | st.sampled_from(["", "a", 1.5]),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
        max_leaves=3,
    ),
}


def is_(kind: object, wrapper: type[Any]) -> bool:
    return isinstance(kind, wrapper)


@dataclass(slots=True)
class Writer:
    """Writes arguments; Hypothesis decides what."""

    draw: st.DrawFn
    declared: list[str] = field(default_factory=list[str])
    variables: dict[str, Any] = field(default_factory=dict[str, Any])

    def document(self) -> str:
        written = self.members(FIELD.args, 0)
        declared = f"({', '.join(self.declared)})" if self.declared else ""
        return f"query {declared} {{ answer({written}) }}"

    def members(self, definitions: Mapping[str, Any], depth: int) -> str:
        given = [
            f"{name}: {self.value(definition.type, depth)}"
            for name, definition in definitions.items()
            if is_(definition.type, GraphQLNonNull) or not self.draw(st.integers(0, 1 + depth))
        ]
        return ", ".join(given)

    def value(self, kind: Any, depth: int) -> str:  # noqa: ANN401 - any GraphQLInputType
        if not self.draw(st.integers(0, 3)):
            return self.variable(kind)
        if is_(kind, GraphQLNonNull):
            return self.present(kind.of_type, depth)
        return self.present(kind, depth) if self.draw(st.integers(0, 5)) else "null"

    def present(self, kind: Any, depth: int) -> str:  # noqa: ANN401 - any GraphQLInputType
        if is_(kind, GraphQLList):
            if not self.draw(st.integers(0, 3)):
                return self.value(kind.of_type, depth + 1)
            size = self.draw(st.integers(0, 2 if depth < _DEPTH else 0))
            return f"[{', '.join(self.value(kind.of_type, depth + 1) for _ in range(size))}]"
        if is_(kind, GraphQLInputObjectType):
            return f"{{{self.members(kind.fields, depth + 1)}}}"
        if str(kind) == "JSON" and not self.draw(st.integers(0, 2)):
            return f"[{{a: {self.variable(kind)}, b: [{self.variable(kind)}]}}]"
        return literal(self.draw(scalars[str(kind)]), kind)

    def variable(self, kind: Any) -> str:  # noqa: ANN401 - any GraphQLInputType
        name = f"v{len(self.declared)}"
        plain = kind.of_type if is_(kind, GraphQLNonNull) else kind
        # What may be null can stand where null may not only if there is a default, which is refused or not.
        declared = self.draw(st.sampled_from([kind, kind, kind, plain]))
        without = [LEFT_OUT] if is_(declared, GraphQLNonNull) else [LEFT_OUT, None]
        default = self.draw(st.sampled_from(without) | values(plain))
        is_needed = declared is not plain and default is LEFT_OUT
        value = self.draw(values(plain) if is_needed else st.sampled_from(without) | values(plain))
        written = "" if default is LEFT_OUT else f" = {literal(default, plain)}"
        self.declared.append(f"${name}: {declared}{written}")
        if value is not LEFT_OUT:
            self.variables[name] = value
        return f"${name}"


def values(kind: Any, depth: int = 0) -> st.SearchStrategy[Any]:  # noqa: ANN401 - any GraphQLInputType
    """Values that are not null, as they stand in JSON."""
    if is_(kind, GraphQLNonNull):
        return values(kind.of_type, depth)
    if is_(kind, GraphQLList):
        return st.lists(values(kind.of_type, depth + 1), max_size=2)
    if not is_(kind, GraphQLInputObjectType):
        return scalars[str(kind)]
    needed = {name: one for name, one in kind.fields.items() if is_(one.type, GraphQLNonNull)}
    others: dict[str, Any] = kind.fields if depth < 1 else {}
    return st.fixed_dictionaries(
        {name: values(one.type, depth + 1) for name, one in needed.items()},
        optional={name: st.none() | values(one.type, depth + 1) for name, one in others.items() if name not in needed},
    )


def literal(value: object, kind: Any) -> str:  # noqa: ANN401 - any GraphQLInputType
    kind = kind.of_type if is_(kind, GraphQLNonNull) else kind
    match value:
        case list():
            return f"[{', '.join(literal(item, getattr(kind, 'of_type', kind)) for item in cast('list[Any]', value))}]"
        case dict():
            fields: dict[str, Any] = kind.fields if is_(kind, GraphQLInputObjectType) else {}
            members = [
                f"{name}: {literal(member, fields[name].type if fields else kind)}"
                for name, member in cast("dict[str, Any]", value).items()
            ]
            return f"{{{', '.join(members)}}}"
        case str() if is_(kind, GraphQLEnumType):
            return value
        case _:
            return json.dumps(value)


@st.composite
def questions(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    writer = Writer(draw)
    return writer.document(), writer.variables


def expected_of(definition: GraphQLField, node: FieldNode, variables: VariableValues) -> dict[str, Any]:
    known = definition.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].arguments
    values = get_argument_values(definition, node, variables)
    return convert_arguments(values, known, SCHEMA.schema_converter.scalar_registry, SCHEMA.config)


def read(text: str, inputs: Mapping[str, Any]) -> tuple[FieldNode, VariableValues] | None:
    """Returns the field and the variables; None where they are refused before arguments are looked at."""
    document = parse(text)
    (operation,) = document.definitions
    assert isinstance(operation, OperationDefinitionNode)
    variables = get_variable_values(CORE, operation.variable_definitions or (), dict(inputs))
    if validate(CORE, document) or not isinstance(variables, VariableValues):
        return None
    (node,) = operation.selection_set.selections
    assert isinstance(node, FieldNode)
    return node, variables


def check(node: FieldNode, variables: VariableValues, *, are_shared: bool) -> None:
    arguments = Arguments(SCHEMA)
    try:
        expected = expected_of(FIELD, node, variables)
    except GraphQLError:
        with pytest.raises(NotCompiled):
            arguments.of(FIELD, node, are_shared=are_shared).bound(variables)
        return
    binder = arguments.of(FIELD, node, are_shared=are_shared)

    assert binder.bound(variables) == expected
    assert binder.is_constant == (are_shared and "$" not in print_ast(node))


@given(questions(), st.booleans())
def test_reads_arguments_as_graphql_core_and_strawberry_do(
    criteria: tuple[str, dict[str, Any]], are_shared: bool
) -> None:
    found = read(*criteria)
    assume(found)

    if found:
        check(*found, are_shared=are_shared)


LEAF: Final = "leaf: {needed: 1}"


@pytest.mark.parametrize(
    ("text", "inputs"),
    [
        (f"query ($a: Int) {{ answer(tree: {{{LEAF}}}, firstNumber: $a) }}", {}),
        (f"query ($a: Int) {{ answer(tree: {{{LEAF}}}, firstNumber: $a) }}", {"a": None}),
        ("query ($a: Int!, $b: Int) { answer(tree: {leaf: {needed: $a, number: $b}}) }", {"a": 1}),
        ("query ($a: Int!, $b: Int) { answer(tree: {leaf: {needed: $a, number: $b}}) }", {"a": 1, "b": None}),
        (f"query ($a: Int) {{ answer(tree: {{{LEAF}, grid: [[$a, 1], []]}}) }}", {}),
        (f"query ($a: Int!) {{ answer(tree: {{{LEAF}}}, grid: [[1], [$a]]) }}", {"a": 2}),
        (f"{{ answer(tree: {{{LEAF}, grid: 1, in: {{{LEAF}}}, ids: null}}, trees: {{{LEAF}}}) }}", {}),
        (f"query ($a: Int!) {{ answer(tree: {{{LEAF}}}, one: {{number: $a}}) }}", {"a": 2}),
        (f"query ($a: Int) {{ answer(tree: {{{LEAF}}}, one: {{number: $a}}) }}", {"a": None}),
        (f"query ($a: Int) {{ answer(tree: {{{LEAF}}}, one: {{number: $a}}) }}", {}),
        (f"{{ answer(tree: {{{LEAF}}}, one: {{}}) }}", {}),
        (f"query ($a: JSON) {{ answer(tree: {{{LEAF}}}, anyThing: {{a: $a, b: [$a, 1]}}) }}", {}),
    ],
)
@pytest.mark.parametrize("are_shared", [True, False])
def test_reads_what_is_out_of_the_ordinary_as_they_do(text: str, inputs: dict[str, Any], are_shared: bool) -> None:
    found = read(text, inputs)
    assert found

    check(*found, are_shared=are_shared)


def test_makes_anew_what_requests_could_change_for_each_other() -> None:
    text = 'query ($a: Int!) { answer(tree: {leaf: {needed: $a, texts: ["a"], anyThing: {a: [1]}}}) }'
    found = read(text, {"a": 1})
    assert found
    node, variables = found
    binder = Arguments(SCHEMA).of(FIELD, node, are_shared=False)
    changed = binder.bound(variables)["tree"].leaf

    changed.texts.append("b")
    changed.any_thing["a"].append(2)

    assert binder.bound(variables)["tree"].leaf == Leaf(needed=1, texts=["a"], any_thing=cast("JSON", {"a": [1]}))
