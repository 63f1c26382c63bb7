"""Plans: compiled once for each operation of a document, and once more for each set of its conditions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

from graphql import (
    DirectiveNode,
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    OperationDefinitionNode,
    OperationType,
    VariableNode,
    VariableValues,
    Visitor,
    visit,
)

from datastore_service.api.graphql.compiled_fields import NotCompiled
from datastore_service.api.graphql.compiler.changes import Change, Changing
from datastore_service.api.graphql.compiler.operations import Compilation, Operation
from datastore_service.api.graphql.compiler.reads import Reads
from datastore_service.api.graphql.compiler.variables import Variables
from datastore_service.api.http.problems import RequestRefused
from datastore_service.application.read.queries.read_selection import ReadSelection
from datastore_service.domain.errors import DomainError
from datastore_service.library_internals.graphql_core import FragmentDetails

_MOST_VARIANTS: Final = 16
"""How many sets of conditions of one operation are kept; Strawberry executes further ones."""

_LONGEST_PATH: Final = 1000

type _Variant = Reads | Changing


@dataclass(slots=True)
class Plan:
    """One operation."""

    operation: Operation
    variables: Variables
    conditions: tuple[str, ...]
    variants: dict[tuple[object, ...], _Variant | None] = field(
        default_factory=dict[tuple[object, ...], "_Variant | None"]
    )

    @classmethod
    def of(cls, compilation: Compilation, document: DocumentNode, name: str | None) -> Self | None:
        """Compiles an operation of a valid document; None if it cannot be compiled."""
        operations = [found for found in document.definitions if isinstance(found, OperationDefinitionNode)]
        meant = [found for found in operations if name is None or (found.name and found.name.value == name)]
        if len(meant) != 1 or meant[0].operation is OperationType.SUBSCRIPTION:
            return None
        fragments = {
            found.name.value: FragmentDetails(found)
            for found in document.definitions
            if isinstance(found, FragmentDefinitionNode)
        }
        variables = Variables.of(
            compilation.schema, meant[0].variable_definitions or (), compilation.graphql.max_input_values
        )
        return cls(Operation(compilation, meant[0], fragments), variables, _conditions(document), {})

    @property
    def is_change(self) -> bool:
        """Tells whether it is a mutation."""
        return self.operation.node.operation is OperationType.MUTATION

    def bound(self, inputs: Mapping[str, Any]) -> ReadSelection | Change:
        """Returns the message or change for these variables.

        Raises:
            NotCompiled: Strawberry has to execute it.
        """
        variables = self.variables.coerced(inputs)
        try:
            return self._variant(variables).bound(variables)
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
            return (Changing if self.is_change else Reads).of(self.operation, variables)
        except NotCompiled:
            return None


def _conditions(document: DocumentNode) -> tuple[str, ...]:
    """Returns the variables that decide the shape of a response: in `@skip`, `@include` and paths in payloads."""
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
