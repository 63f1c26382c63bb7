"""Values as they are written in a document, with variables in them: what is the same for all requests is read once."""

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
"""Makes what graphql-core makes of a value, given the variables; raises NotCompiled, or what a type raises, where it
would refuse it.

What can be changed is made anew each time.
"""


def given(value: ValueNode | None, definition: GraphQLArgument | GraphQLInputField) -> Fill | None:
    """Returns what makes the value of an argument or an input field, which is Undefined where it is left out.

    Args:
        value: What is written in a valid document; None where nothing is.
        definition: What it is written for.

    Returns:
        None where it is left out of all requests, and has no default.

    Raises:
        NotCompiled: It can never be read.
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

    # Of a list or an object a scalar may make what can be changed, and variables may be in it.
    return leaf if isinstance(value, ListValueNode | ObjectValueNode) else _constant(leaf())


def _is(kind: object, wrapper: type[Any]) -> bool:
    return isinstance(kind, wrapper)
