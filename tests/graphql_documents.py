"""Random documents: what the schema allows, with fragments, aliases, conditions, variables and fields that merge."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, cast

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    is_enum_type,
    is_interface_type,
    is_object_type,
)
from hypothesis import strategies as st

type Composite = GraphQLObjectType | GraphQLInterfaceType
type Values = Callable[[str, str, GraphQLArgument], st.SearchStrategy[Any] | None]
"""For a field and an argument of it, what it is given; None leaves it out."""

_DEPTH: Final = 5
LEFT_OUT: Final = object()


@dataclass(frozen=True, slots=True)
class Question:
    """A query or a mutation, and the values of its variables."""

    text: str
    variables: Mapping[str, Any]


@dataclass(slots=True)
class _Writer:
    """Writes one document; Hypothesis decides what."""

    draw: st.DrawFn
    schema: GraphQLSchema
    values: Values
    without: frozenset[tuple[str, str]]
    variables: dict[str, Any] = field(default_factory=dict[str, Any])
    declared: list[str] = field(default_factory=list[str])
    fragments: list[str] = field(default_factory=list[str])
    aliases: int = 0

    def query(self) -> Question:
        root = self.schema.query_type
        assert root
        return self.document("query", self.selections(root, 0))

    def mutation(self, names: Sequence[str]) -> Question:
        root = self.schema.mutation_type
        assert root
        return self.document("mutation", f"{{ {self.named_field(root, self.draw(st.sampled_from(names)), 0)} }}")

    def document(self, operation: str, selections: str) -> Question:
        declared = f"({', '.join(self.declared)})" if self.declared else ""
        return Question("\n".join([f"{operation} {declared} {selections}", *self.fragments]), self.variables)

    def selections(self, kind: Composite, depth: int) -> str:
        chosen = [self.selection(kind, depth) for _ in range(self.draw(st.integers(1, 4)))]
        return f"{{ {' '.join(chosen)} }}"

    def selection(self, kind: Composite, depth: int) -> str:
        form = self.draw(st.sampled_from(["field"] * 6 + ["inline", "spread", "__typename"]))
        if form == "__typename":
            return f"{self.alias()}__typename{self.condition()}"
        if form == "field" or depth >= _DEPTH:
            return self.field(kind, depth)
        return self.fragment(kind, depth, named=form == "spread")

    def field(self, kind: Composite, depth: int) -> str:
        name = self.draw(st.sampled_from(self.fields(kind, depth)))
        return name if name == "__typename" else self.named_field(kind, name, depth)

    def named_field(self, kind: Composite, name: str, depth: int) -> str:
        definition = kind.fields[name]
        below = self.named_type(definition)
        inner = self.selections(below, depth + 1) if below else ""
        arguments = self.arguments(name, definition)
        # What has arguments has a name of its own, or it would have to be given the same ones to merge.
        alias = self.alias(always=bool(definition.args))
        one = f"{alias}{name}{arguments}"
        again = self.draw(st.integers(0, 9)) == 0 and inner
        repeated = f" {one} {self.selections(below, depth + 1)}" if again and below else ""
        return f"{one}{self.condition()} {inner}{repeated}"

    def named_type(self, definition: GraphQLField) -> Composite | None:
        found = self.schema.get_type(str(cast("Any", definition).type).strip("[]!"))
        return found if is_object_type(found) or is_interface_type(found) else None

    def fields(self, kind: Composite, depth: int) -> Sequence[str]:
        found = [
            name
            for name, definition in kind.fields.items()
            if (kind.name, name) not in self.without and (depth < _DEPTH or not self.named_type(definition))
        ]
        return found or ["__typename"]

    def fragment(self, kind: Composite, depth: int, *, named: bool) -> str:
        conditions = [found for found in self.possible(kind) if self.fields(found, depth)]
        condition = self.draw(st.sampled_from(conditions))
        inner = self.selections(condition, depth)
        if named:
            name = f"F{len(self.fragments)}"
            self.fragments.append(f"fragment {name} on {condition.name} {inner}")
            return f"...{name}{self.condition()}"
        on = f" on {condition.name}" if condition is not kind or self.draw(st.booleans()) else ""
        return f"...{on}{self.condition()} {inner}"

    def possible(self, kind: Composite) -> Sequence[Composite]:
        narrower = self.schema.get_possible_types(kind) if is_interface_type(kind) else []
        wider: Sequence[Composite] = kind.interfaces if is_object_type(kind) else []
        return [kind, *narrower, *wider]

    def arguments(self, name: str, definition: GraphQLField) -> str:
        given = [self.argument(name, argument, found) for argument, found in definition.args.items()]
        present = [one for one in given if one]
        return f"({', '.join(present)})" if present else ""

    def argument(self, field_name: str, name: str, definition: GraphQLArgument) -> str | None:
        values = self.values(field_name, name, definition)
        value = LEFT_OUT if values is None else self.draw(values)
        if value is LEFT_OUT:
            return None
        kind = cast("Any", definition).type
        if self.draw(st.booleans()) or not _is_writable(value):
            return f"{name}: ${self.variable(str(kind), kind, value)}"
        return f"{name}: {_literal(value, kind, self.part)}"

    def part(self, value: object, kind: Any) -> str:  # noqa: ANN401 - a GraphQLInputType
        if not self.draw(st.integers(0, 3)):
            return f"${self.variable(str(kind), kind, value)}"
        return _literal(value, kind, self.part)

    def variable(self, declared_type: str, kind: Any, value: object) -> str:  # noqa: ANN401 - a GraphQLInputType
        name = f"v{len(self.declared)}"
        form = self.draw(st.sampled_from(["given", "given", "default", "overridden"]))
        if form == "given" or value is None or not _is_writable(value):
            self.declared.append(f"${name}: {declared_type}")
        else:
            self.declared.append(f"${name}: {declared_type} = {_literal(value, kind)}")
        if form != "default" or value is None or not _is_writable(value):
            self.variables[name] = value
        return name

    def condition(self) -> str:
        if self.draw(st.integers(0, 5)):
            return ""
        directive, value = self.draw(st.sampled_from(["skip", "include"])), self.draw(st.booleans())
        if self.draw(st.booleans()):
            return f" @{directive}(if: {str(value).lower()})"
        boolean = self.schema.get_type("Boolean")
        return f" @{directive}(if: ${self.variable('Boolean!', boolean, value)})"

    def alias(self, *, always: bool = False) -> str:
        if not always and self.draw(st.integers(0, 4)):
            return ""
        self.aliases += 1
        return f"a{self.aliases}: "


def _is_writable(value: object) -> bool:
    """Tells whether a value can stand in a document, where keys are names."""
    match value:
        case list():
            return all(map(_is_writable, cast("list[object]", value)))
        case dict():
            members = cast("dict[str, object]", value).items()
            return all(name.isidentifier() and name.isascii() and _is_writable(item) for name, item in members)
        case _:
            return True


def _literal(value: object, kind: Any, part: Callable[[object, Any], str] | None = None) -> str:  # noqa: ANN401 - a GraphQLInputType
    """Writes a value, and what it is made of by other means if there are any."""
    write = part or _literal
    kind = kind.of_type if str(kind).endswith("!") else kind
    match value:
        case list():
            of = getattr(kind, "of_type", kind)
            return f"[{', '.join(write(item, of) for item in cast('list[object]', value))}]"
        case dict():
            fields = getattr(kind, "fields", {})
            members = cast("dict[str, object]", value).items()
            written = [
                f"{name}: {write(item, fields[name].type if name in fields else kind)}" for name, item in members
            ]
            return f"{{{', '.join(written)}}}"
        case str() if is_enum_type(kind):
            return value
        case _:
            return json.dumps(value)


def questions(
    schema: GraphQLSchema, values: Values, without: frozenset[tuple[str, str]] = frozenset()
) -> st.SearchStrategy[Question]:
    """Makes queries.

    Args:
        schema: What can be asked.
        values: What arguments are given.
        without: Fields that are not asked for, by type and name.
    """

    @st.composite
    def criteria(draw: st.DrawFn) -> Question:
        return _Writer(draw, schema, values, without).query()

    return criteria()


def mutations(
    schema: GraphQLSchema, names: Sequence[str], values: Values, without: frozenset[tuple[str, str]] = frozenset()
) -> st.SearchStrategy[Question]:
    """Makes mutations that have one of the named fields; see `questions`."""

    @st.composite
    def mutation(draw: st.DrawFn) -> Question:
        return _Writer(draw, schema, values, without).mutation(names)

    return mutation()
