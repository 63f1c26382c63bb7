"""Plans: what is done once for each operation of a document, and once more for each set of its conditions."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, Final, Self, cast

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    Visitor,
    get_named_type,
    is_abstract_type,
    visit,
)
from graphql.execution.collect_fields import FieldDetailsList, FragmentDetails, collect_fields
from graphql.execution.values import VariableValues

from datastore_service.api.graphql.compiled.arguments import Arguments, Binder
from datastore_service.api.graphql.compiled.nested import NESTED_READINGS, NestedReading
from datastore_service.api.graphql.compiled.roots import READINGS, Reading, Root
from datastore_service.api.graphql.compiled.shapes import Asked, NotCompiled, Selections, type_name
from datastore_service.api.graphql.compiled.variables import Variables
from datastore_service.api.problems import RequestRefused
from datastore_service.application.cursors import CursorSigner
from datastore_service.application.selections import Constant, Part, Selected
from datastore_service.config.settings import GraphQLSettings, LimitSettings
from datastore_service.domain.errors import DomainError

_MOST_VARIANTS: Final = 16
"""How many sets of conditions of one operation are kept; further ones are left to Strawberry."""

_LONGEST_PATH: Final = 1000


@dataclass(frozen=True, slots=True)
class Compilation:
    """What all plans are made with."""

    schema: GraphQLSchema
    arguments: Arguments
    graphql: GraphQLSettings
    limits: LimitSettings
    cursors: CursorSigner

    @property
    def query(self) -> GraphQLObjectType:
        """The type of the root."""
        return cast("GraphQLObjectType", self.schema.query_type)


@dataclass(frozen=True, slots=True)
class _Below:
    """A field below the root that has a query of its own."""

    shape: Selected
    reading: NestedReading
    binder: Binder


@dataclass(frozen=True, slots=True)
class _Read:
    """A field whose arguments, or those of a field below it, may be different in each request."""

    root: Root
    reading: Reading
    binder: Binder
    nested: Mapping[Selected, Sequence[_Below]]

    def bound(self, variables: VariableValues) -> Constant | Part:
        found = self.reading(self.root, self.binder.bound(variables))
        asked = self.nested.get(found.shape, ()) if isinstance(found, Part) else ()
        if isinstance(found, Constant) or not asked:
            return found
        first, *others = found.queries
        below = [one.reading(one.shape, one.binder.bound(variables), self.root.limits) for one in asked]
        for queries in below:
            others += queries[1:]
        return Part(found.shape, [first, *(queries[0] for queries in below), *others])

    @property
    def is_always_the_same(self) -> bool:
        below = [one.binder for asked in self.nested.values() for one in asked]
        return all(binder.is_constant for binder in (self.binder, *below))


type _Variant = tuple[Constant | Part | _Read, ...]


@dataclass(slots=True)
class Plan:
    """One operation."""

    compilation: Compilation
    operation: OperationDefinitionNode
    fragments: Mapping[str, FragmentDetails]
    variables: Variables
    conditions: tuple[str, ...]
    variants: dict[tuple[object, ...], _Variant | None] = field(
        default_factory=dict[tuple[object, ...], "_Variant | None"]
    )

    @classmethod
    def of(cls, compilation: Compilation, document: DocumentNode, name: str | None) -> Self | None:
        """Plans an operation of a valid document; None where it is none that can be read at once."""
        operations = [found for found in document.definitions if isinstance(found, OperationDefinitionNode)]
        meant = [found for found in operations if name is None or (found.name and found.name.value == name)]
        if len(meant) != 1 or meant[0].operation is not OperationType.QUERY:
            return None
        fragments = {
            found.name.value: FragmentDetails(found)
            for found in document.definitions
            if isinstance(found, FragmentDefinitionNode)
        }
        variables = Variables.of(compilation.schema, meant[0].variable_definitions or ())
        return cls(compilation, meant[0], fragments, variables, _conditions(document), {})

    def bound(self, inputs: Mapping[str, Any]) -> list[Constant | Part]:
        """Returns what is to be read with these variables.

        Raises:
            NotCompiled: It is left to Strawberry.
        """
        variables = self.variables.coerced(inputs)
        variant = self._variant(variables)
        try:
            return [part.bound(variables) if isinstance(part, _Read) else part for part in variant]
        except (RequestRefused, DomainError) as refusal:
            raise NotCompiled from refusal

    def _variant(self, variables: VariableValues) -> _Variant:
        chosen = tuple([variables.coerced.get(name) for name in self.conditions])
        if chosen not in self.variants:
            self.variants[chosen] = self._new_variant(chosen, variables)
        variant = self.variants[chosen]
        if variant is None:
            raise NotCompiled
        return variant

    def _new_variant(self, chosen: Sequence[object], variables: VariableValues) -> _Variant | None:
        is_long = any(isinstance(value, str) and len(value) > _LONGEST_PATH for value in chosen)
        if is_long or len(self.variants) == _MOST_VARIANTS:
            raise NotCompiled
        try:
            return self._compiled(variables)
        except NotCompiled:
            return None

    def _compiled(self, variables: VariableValues) -> _Variant:
        schema, query = self.compilation.schema, self.compilation.query
        collected = collect_fields(schema, dict(self.fragments), variables, query, self.operation)
        return tuple(
            type_name(key, query) if found[0].node.name.value == "__typename" else self._root(variables, key, found)
            for key, found in collected.grouped_field_set.items()
        )

    def _root(self, variables: VariableValues, key: str, found: FieldDetailsList) -> Constant | Part | _Read:
        node = found[0].node
        reading, known = READINGS.get(node.name.value, (None, frozenset[str]()))
        if reading is None or not known.issuperset(argument.name.value for argument in node.arguments or ()):
            raise NotCompiled
        made, asked = self.compilation, self._shapes(variables, key, found)
        shapes = {kind: shape for kind, (shape, _) in asked.items()}
        root = Root(key, shapes, made.graphql, made.limits, made.cursors)
        nested = {shape: [self._below(one) for one in below] for shape, below in asked.values()}
        binder = made.arguments.of(made.query.fields[node.name.value], node)
        read = _Read(root, reading, binder, nested)
        if not read.is_always_the_same:
            return read
        try:
            return read.bound(variables)
        except (RequestRefused, DomainError) as refusal:
            raise NotCompiled from refusal

    def _below(self, asked: Asked) -> _Below:
        reading = NESTED_READINGS[asked.node.name.value]
        return _Below(asked.shape, reading, self.compilation.arguments.of(asked.definition, asked.node))

    def _shapes(
        self, variables: VariableValues, key: str, found: FieldDetailsList
    ) -> Mapping[str, tuple[Selected, Sequence[Asked]]]:
        schema, name = self.compilation.schema, found[0].node.name.value
        kind = cast("GraphQLNamedType", get_named_type(self.compilation.query.fields[name].type))
        possible = schema.get_possible_types(kind) if is_abstract_type(kind) else [cast("GraphQLObjectType", kind)]
        shapes: dict[str, tuple[Selected, Sequence[Asked]]] = {}
        for one in possible:
            with suppress(NotCompiled):
                selections = Selections(schema, self.operation, self.fragments, variables)
                shapes[one.name] = (selections.shape(key, name, one, found), selections.nested)
        return shapes


def _conditions(document: DocumentNode) -> tuple[str, ...]:
    """Returns the variables that decide what is answered: those in `@skip` and `@include`, and paths in payloads."""
    found: dict[str, None] = {}

    class Deciding(Visitor):
        def enter_directive(self, node: DirectiveNode, *_: object) -> None:
            found.update(_variables_of(node))

        def enter_field(self, node: FieldNode, *_: object) -> None:
            if node.name.value == "payload":
                found.update(_variables_of(node))

    visit(document, Deciding())
    return tuple(found)


def _variables_of(node: DirectiveNode | FieldNode) -> Mapping[str, None]:
    values = [argument.value for argument in node.arguments or ()]
    return {value.name.value: None for value in values if isinstance(value, VariableNode)}
