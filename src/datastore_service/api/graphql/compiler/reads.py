"""Queries: what an operation reads, for given conditions."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

from graphql import GraphQLNamedType, GraphQLObjectType, VariableValues, get_named_type, is_abstract_type

from datastore_service.api.graphql.compiled_fields import (
    NestedQuery,
    NotCompiled,
    Root,
    RootQuery,
    declaration_of,
)
from datastore_service.api.graphql.compiler.arguments import Binder
from datastore_service.api.graphql.compiler.operations import Operation
from datastore_service.api.graphql.compiler.shapes import Asked, type_name
from datastore_service.api.http.problems import RequestRefused
from datastore_service.application.read.queries.read_selection import ReadSelection
from datastore_service.application.read.selections import Constant, Part, Selected
from datastore_service.domain.errors import DomainError
from datastore_service.library_internals.graphql_core import FieldDetailsList


@dataclass(frozen=True, slots=True)
class _Below:
    """A field below the root with a query of its own."""

    shape: Selected
    query: NestedQuery
    binder: Binder


@dataclass(frozen=True, slots=True)
class _Read:
    """A field whose arguments, or those of a field below it, may differ between requests."""

    root: Root
    query: RootQuery
    binder: Binder
    nested: Mapping[Selected, Sequence[_Below]]

    def bound(self, variables: VariableValues) -> Constant | Part:
        found = self.query.read(self.root, **self.binder.bound(variables))
        asked = self.nested.get(found.shape, ()) if isinstance(found, Part) else ()
        if isinstance(found, Constant) or not asked:
            return found
        first, *others = found.queries
        below = [one.query.read(one.shape, self.root.limits, **one.binder.bound(variables)) for one in asked]
        for queries in below:
            others += queries[1:]
        return Part(found.shape, [first, *(queries[0] for queries in below), *others])

    @property
    def is_always_the_same(self) -> bool:
        below = [one.binder for asked in self.nested.values() for one in asked]
        return all(binder.is_constant for binder in (self.binder, *below))


@dataclass(frozen=True, slots=True)
class Reads:
    """Everything that a query reads."""

    parts: Sequence[Constant | Part | _Read]

    @classmethod
    def of(cls, operation: Operation, variables: VariableValues) -> "Reads":
        """Determines what is read for these values of the variables in the conditions.

        Raises:
            NotCompiled: It contains something that is not supported.
        """
        return cls(
            [
                type_name(key, operation.root)
                if found[0].node.name.value == "__typename"
                else _root(operation, variables, key, found)
                for key, found in operation.fields(variables).items()
            ]
        )

    def bound(self, variables: VariableValues) -> ReadSelection:
        return ReadSelection(
            members=[part.bound(variables) if isinstance(part, _Read) else part for part in self.parts]
        )


def _root(
    operation: Operation, variables: VariableValues, key: str, found: FieldDetailsList
) -> Constant | Part | _Read:
    made, node = operation.made, found[0].node
    definition = operation.root.fields[node.name.value]
    query = declaration_of(definition)
    if not isinstance(query, RootQuery):
        raise NotCompiled
    asked = _shapes(operation, variables, key, found)
    shapes = {kind: shape for kind, (shape, _) in asked.items()}
    root = Root(key, shapes, made.graphql, made.limits, made.cursors)
    nested = {shape: [_below(operation, one) for one in below] for shape, below in asked.values()}
    read = _Read(root, query, made.arguments.of(definition, node), nested)
    if not read.is_always_the_same:
        return read
    try:
        return read.bound(variables)
    except (RequestRefused, DomainError) as refusal:
        raise NotCompiled from refusal


def _below(operation: Operation, asked: Asked) -> _Below:
    return _Below(asked.shape, asked.query, operation.made.arguments.of(asked.definition, asked.node))


def _shapes(
    operation: Operation, variables: VariableValues, key: str, found: FieldDetailsList
) -> Mapping[str, tuple[Selected, Sequence[Asked]]]:
    schema, name = operation.made.schema, found[0].node.name.value
    kind = cast("GraphQLNamedType", get_named_type(operation.root.fields[name].type))
    possible = schema.get_possible_types(kind) if is_abstract_type(kind) else [cast("GraphQLObjectType", kind)]
    shapes: dict[str, tuple[Selected, Sequence[Asked]]] = {}
    for one in possible:
        with suppress(NotCompiled):
            selections = operation.selections(variables)
            shapes[one.name] = (selections.shape(key, name, one, found), selections.nested)
    return shapes
