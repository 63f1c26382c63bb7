"""The arguments of a field as its resolver is given them: what is the same for all requests is found out once."""

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
    """Makes of the arguments in a document what graphql-core and Strawberry make of them."""

    schema: strawberry.Schema

    def of(self, field: GraphQLField, node: FieldNode, *, are_shared: bool = True) -> "Binder":
        """Returns what binds the arguments of a field.

        Args:
            field: Its definition.
            node: Where it stands in the document.
            are_shared: Whether requests may share what is the same for all; else what is written is made anew.

        Raises:
            NotCompiled: One that is the same for all requests cannot be read.
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
        """Returns the arguments that are given or have defaults, each with what is written for it."""
        written = {argument.name.value: argument.value for argument in node.arguments or ()}
        for argument in arguments_of(field):
            name = self.schema.config.name_converter.from_argument(argument)
            value = written.get(name)
            fill = given(value, field.args[name])
            if fill is not None:
                yield _Argument(argument.python_name, fill, converter(argument.type, self.schema)), value


@dataclass(frozen=True, slots=True)
class _Argument:
    """An argument: what makes its value, and what makes of this what the resolver is given."""

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
    """Makes the arguments of one field of a document.

    Attributes:
        constants: What all requests share.
        others: What is made for each.
    """

    constants: Mapping[str, Any]
    others: Sequence[_Argument]

    @property
    def is_constant(self) -> bool:
        """Tells whether the arguments are the same for all requests."""
        return not self.others

    def bound(self, variables: VariableValues = _NO_VARIABLES) -> Mapping[str, Any]:
        """Returns the arguments that are given, by the names that the resolver has for them.

        Raises:
            NotCompiled: One cannot be read.
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
