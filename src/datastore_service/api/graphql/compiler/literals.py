"""Values in a document, which may contain variables; what is the same for all requests is computed once."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from graphql import (
    GraphQLArgument,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableNode,
    VariableValues,
    coerce_input_literal,  # pyright: ignore[reportUnknownVariableType] - its types leave out what lists are of
    is_required_argument,
    is_required_input_field,
)

from datastore_service.api.graphql.compiled_fields import NotCompiled
from datastore_service.library_internals.graphql_core import coerce_default_value

type Fill = Callable[[VariableValues], Any]
"""Computes a value as graphql-core does, given the variables. If graphql-core would refuse it, raises NotCompiled
or the error of the type.

Mutable values are made anew each time.
"""


def given(value: ValueNode | None, definition: GraphQLArgument | GraphQLInputField) -> Fill | None:
    """Returns what computes the value of an argument or input field; the value is Undefined if it is left out.

    Args:
        value: The value in a valid document; None if there is none.
        definition: The definition of the argument or field.

    Returns:
        None if it is always left out and has no default.

    Raises:
        NotCompiled: It is invalid for every request.
    """
    kind = cast("Any", definition).type
    if value is not None and not isinstance(value, VariableNode):
        return _literal(value, kind)
    default = coerce_default_value(definition)
    if value is None:
        return None if default is Undefined else _constant(default)
    is_required = (
        is_required_argument(definition)
        if isinstance(definition, GraphQLArgument)
        else is_required_input_field(definition)
    )
    name, read = value.name.value, _variable(value, kind)

    def variable(variables: VariableValues) -> Any:  # noqa: ANN401 - of whichever type it is
        if name in variables.coerced:
            return read(variables)
        if is_required:
            raise NotCompiled
        return default

    return variable


def _literal(value: ValueNode, kind: Any) -> Fill:  # noqa: ANN401 - any GraphQLInputType
    if isinstance(value, VariableNode):
        return _variable(value, kind)
    if _is(kind, GraphQLNonNull):
        if isinstance(value, NullValueNode):
            raise NotCompiled
        return _literal(value, kind.of_type)
    if isinstance(value, NullValueNode):
        return _constant(None)
    if _is(kind, GraphQLList):
        items = value.values if isinstance(value, ListValueNode) else [value]
        return _items([_literal(item, kind.of_type) for item in items])
    if isinstance(kind, GraphQLInputObjectType):
        return _members(value, kind)
    return _leaf(value, kind)


def _variable(value: VariableNode, kind: object) -> Fill:
    name, is_never_null = value.name.value, isinstance(kind, GraphQLNonNull)

    def variable(variables: VariableValues) -> Any:  # noqa: ANN401 - of whichever type it is
        found = variables.coerced.get(name)
        if found is None and is_never_null:
            raise NotCompiled
        return found

    return variable


def _constant(value: object) -> Fill:
    return lambda _: value


def _items(fills: Sequence[Fill]) -> Fill:
    return lambda variables: [fill(variables) for fill in fills]


def _members(value: ValueNode, kind: GraphQLInputObjectType) -> Fill:
    if not isinstance(value, ObjectValueNode):
        raise NotCompiled
    written: Mapping[str, ValueNode] = {member.name.value: member.value for member in value.fields}
    fills = [
        (field.out_name or name, fill)
        for name, field in kind.fields.items()
        if (fill := given(written.get(name), field)) is not None
    ]

    def members(variables: VariableValues) -> Any:  # noqa: ANN401 - what the type makes of it
        found = {name: member for name, fill in fills if (member := fill(variables)) is not Undefined}
        return kind.out_type(found)

    return members


def _leaf(value: ValueNode, kind: Any) -> Fill:  # noqa: ANN401 - any GraphQLLeafType
    def leaf(variables: VariableValues | None = None) -> Any:  # noqa: ANN401 - whatever a scalar is read as
        found = coerce_input_literal(value, kind, variables)
        if found is Undefined:
            raise NotCompiled
        return found

    # A scalar may make a mutable value of a list or an object, and there may be variables in it.
    return leaf if isinstance(value, ListValueNode | ObjectValueNode) else _constant(leaf())


def _is(kind: object, wrapper: type[Any]) -> bool:
    return isinstance(kind, wrapper)
