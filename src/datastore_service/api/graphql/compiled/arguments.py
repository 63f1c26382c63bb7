"""The arguments of a field as its resolver is given them: what is the same for all requests is found out once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, cast

import strawberry
from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLNonNull,
    ValueNode,
    VariableNode,
    Visitor,
    is_required_argument,
    visit,
)
from graphql.execution.values import VariableValues, get_argument_values
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import StrawberryArgument, convert_arguments

from datastore_service.api.graphql.compiled.inputs import Convert, converter
from datastore_service.api.graphql.compiled.shapes import NotCompiled

_NO_VARIABLES: Final = VariableValues({}, {})


class Binder(Protocol):
    """Makes the arguments of one field of a document."""

    @property
    def is_constant(self) -> bool:
        """Tells whether they are the same for all requests."""
        ...

    def bound(self, variables: VariableValues = _NO_VARIABLES) -> Mapping[str, Any]:
        """Returns the arguments that are given, by the names that the resolver has for them.

        Raises:
            NotCompiled: One cannot be read.
        """
        ...


@dataclass(frozen=True, slots=True)
class Arguments:
    """Makes Strawberry's inputs of the values that graphql-core has coerced."""

    schema: strawberry.Schema

    def of(self, field: GraphQLField, node: FieldNode, *, are_shared: bool = True) -> Binder:
        """Returns what binds the arguments of a field.

        Args:
            field: Its definition.
            node: Where it stands in the document.
            are_shared: Whether requests may share what is the same for all; else what is written is made anew.

        Raises:
            NotCompiled: One that is the same for all requests cannot be read.
        """
        given = {argument.name.value: argument.value for argument in node.arguments or ()}
        bare = {name: value.name.value for name, value in given.items() if isinstance(value, VariableNode)}
        written = [value for name, value in given.items() if name not in bare]
        if any(not are_shared or _names_a_variable(value) for value in written):
            return _General(self, field, node)
        variables = [self._bare(field, name, variable) for name, variable in bare.items()]
        return _Direct(self._constants(field, node, bare), variables)

    def converted(self, field: GraphQLField, node: FieldNode, variables: VariableValues) -> dict[str, Any]:
        """Returns the arguments as graphql-core and Strawberry make them.

        Raises:
            NotCompiled: One cannot be read.
        """
        try:
            given = get_argument_values(field, node, variables)
        except GraphQLError as error:
            raise NotCompiled from error
        return convert_arguments(given, _known(field), self.schema.schema_converter.scalar_registry, self.schema.config)

    def _constants(self, field: GraphQLField, node: FieldNode, bare: Mapping[str, str]) -> Mapping[str, Any]:
        """Returns what is given as it is, and the defaults of what is left out or may be."""
        optional = {
            name: argument
            for name, argument in field.args.items()
            if name not in bare or not is_required_argument(argument)
        }
        written = tuple(argument for argument in node.arguments or () if argument.name.value not in bare)
        rest = GraphQLField(cast("Any", field).type, optional, extensions=field.extensions)
        return self.converted(rest, FieldNode(name=node.name, arguments=written), _NO_VARIABLES)

    def _bare(self, field: GraphQLField, name: str, variable: str) -> "_Bare":
        names, argument = self.schema.config.name_converter, field.args[name]
        (known,) = [one for one in _known(field) if names.from_argument(one) == name]
        convert = converter(known.type, self.schema)
        is_never_null = isinstance(cast("Any", argument).type, GraphQLNonNull)
        return _Bare(known.python_name, variable, convert, is_required_argument(argument), is_never_null)


@dataclass(frozen=True, slots=True)
class _Bare:
    """An argument that is given as a variable."""

    name: str
    variable: str
    convert: Convert
    is_required: bool
    is_never_null: bool


@dataclass(frozen=True, slots=True)
class _Direct:
    """Takes the values of variables as they are coerced: validation has made sure that their types fit."""

    constants: Mapping[str, Any]
    variables: Sequence[_Bare]

    @property
    def is_constant(self) -> bool:
        return not self.variables

    def bound(self, variables: VariableValues = _NO_VARIABLES) -> Mapping[str, Any]:
        found, coerced = dict(self.constants), variables.coerced
        for argument in self.variables:
            if argument.variable in coerced:
                value = coerced[argument.variable]
                if value is None and argument.is_never_null:
                    raise NotCompiled
                found[argument.name] = argument.convert(value)
            elif argument.is_required:
                raise NotCompiled
        return found


@dataclass(frozen=True, slots=True)
class _General:
    """Makes all arguments anew: a variable is a part of one."""

    arguments: Arguments
    field: GraphQLField
    node: FieldNode

    @property
    def is_constant(self) -> bool:
        return False

    def bound(self, variables: VariableValues = _NO_VARIABLES) -> Mapping[str, Any]:
        return self.arguments.converted(self.field, self.node, variables)


def _known(field: GraphQLField) -> list[StrawberryArgument]:
    return field.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].arguments


def _names_a_variable(value: ValueNode) -> bool:
    found: list[VariableNode] = []

    class Variables(Visitor):
        def enter_variable(self, node: VariableNode, *_: object) -> None:
            found.append(node)

    visit(value, Variables())
    return bool(found)
