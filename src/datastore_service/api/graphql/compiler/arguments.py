"""The arguments of a field as its resolver receives them; what is the same for all requests is computed once."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import strawberry
from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLField,
    Undefined,
    ValueNode,
    VariableNode,
    VariableValues,
    Visitor,
    visit,
)

from datastore_service.api.graphql.compiled_fields import NotCompiled
from datastore_service.api.graphql.compiler.inputs import Convert, converter
from datastore_service.api.graphql.compiler.literals import Fill, given
from datastore_service.library_internals.strawberry import arguments_of

_NO_VARIABLES: Final = VariableValues({}, {})


@dataclass(frozen=True, slots=True)
class Arguments:
    """Converts the arguments in a document as graphql-core and Strawberry do."""

    schema: strawberry.Schema

    def of(self, field: GraphQLField, node: FieldNode, *, are_shared: bool = True) -> "Binder":
        """Returns the binder of a field's arguments.

        Args:
            field: The definition of the field.
            node: The field in the document.
            are_shared: Whether requests may share constant values; otherwise each request gets its own copy.

        Raises:
            NotCompiled: A constant argument is invalid.
        """
        constants: dict[str, Any] = {}
        others: list[_Argument] = []
        for argument, value in self._given(field, node):
            if are_shared and not _names_a_variable(value):
                argument.bind(constants, _NO_VARIABLES)
            else:
                others.append(argument)
        return Binder(constants, others)

    def _given(self, field: GraphQLField, node: FieldNode) -> Iterator[tuple["_Argument", ValueNode | None]]:
        """Yields the arguments that are given or have defaults, each with its value in the document."""
        written = {argument.name.value: argument.value for argument in node.arguments or ()}
        for argument in arguments_of(field):
            name = self.schema.config.name_converter.from_argument(argument)
            value = written.get(name)
            fill = given(value, field.args[name])
            if fill is not None:
                yield _Argument(argument.python_name, fill, converter(argument.type, self.schema)), value


@dataclass(frozen=True, slots=True)
class _Argument:
    """An argument: how to compute its value, and how to convert that for the resolver."""

    name: str
    fill: Fill
    convert: Convert

    def bind(self, found: dict[str, Any], variables: VariableValues) -> None:
        try:
            value = self.fill(variables)
        except GraphQLError as error:
            raise NotCompiled from error
        if value is not Undefined:
            found[self.name] = self.convert(value)


@dataclass(frozen=True, slots=True)
class Binder:
    """Computes the arguments of one field in a document.

    Attributes:
        constants: The values that all requests share.
        others: The values that each request computes.
    """

    constants: Mapping[str, Any]
    others: Sequence[_Argument]

    @property
    def is_constant(self) -> bool:
        """Tells whether the arguments are the same for all requests."""
        return not self.others

    def bound(self, variables: VariableValues = _NO_VARIABLES) -> Mapping[str, Any]:
        """Returns the given arguments by the names of the resolver's parameters.

        Raises:
            NotCompiled: An argument is invalid.
        """
        found = dict(self.constants)
        for argument in self.others:
            argument.bind(found, variables)
        return found


def _names_a_variable(value: ValueNode | None) -> bool:
    found: list[VariableNode] = []

    class Variables(Visitor):
        def enter_variable(self, node: VariableNode, *_: object) -> None:
            found.append(node)

    if value is not None:
        visit(value, Variables())
    return bool(found)
