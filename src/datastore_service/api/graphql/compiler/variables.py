"""The variables of an operation; their types and readers are determined once."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self, cast

from graphql import (
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    Undefined,
    VariableDefinitionNode,
    VariableValues,
    get_variable_values,
    is_input_object_type,
    is_leaf_type,
    is_required_input_field,
)

from datastore_service.api.graphql.compiled_fields import NotCompiled
from datastore_service.api.graphql.limits.inputs import check_inputs
from datastore_service.api.http.problems import MOST_ERRORS
from datastore_service.library_internals.graphql_core import (
    GraphQLVariableSignature,
    VariableValueSource,
    coerce_default_value,
    get_variable_signature,
)

type Read = Callable[[Any], Any]
"""Coerces a value as graphql-core does; raises any error if the case is not simple."""


class _NotPlain(Exception):
    """A value or a type is left to graphql-core."""


@dataclass(slots=True)
class _Room:
    """How many items further arrays may have; the type limits the members of an object."""

    left: int = 0


_room: Final = _Room()
"""The room for the values that are being read; reading never pauses."""


@dataclass(frozen=True, slots=True)
class _Variable:
    """A variable, and what is known about it before it has a value."""

    signature: GraphQLVariableSignature
    read: Read
    left_out: VariableValueSource
    default: Any
    is_required: bool


@dataclass(frozen=True, slots=True)
class Variables:
    """Coerces the variables of a request.

    Attributes:
        plain: The reader of each variable; None if the type of one is left to graphql-core.
    """

    schema: GraphQLSchema
    definitions: Sequence[VariableDefinitionNode]
    most: int
    plain: Sequence[_Variable] | None

    @classmethod
    def of(cls, schema: GraphQLSchema, definitions: Sequence[VariableDefinitionNode], most: int) -> Self:
        """Determines how to read the variables of a valid operation; `most` limits the number of values."""
        try:
            return cls(schema, definitions, most, [_variable(schema, definition) for definition in definitions])
        except _NotPlain:
            return cls(schema, definitions, most, None)

    def coerced(self, inputs: Mapping[str, Any]) -> VariableValues:
        """Returns the values as graphql-core coerces them.

        Raises:
            NotCompiled: A value is invalid.
        """
        if self.plain is not None:
            _room.left = self.most
            try:
                return _read(self.plain, inputs)
            except Exception:  # noqa: BLE001, S110 - graphql-core reports what a scalar refuses
                pass
        if check_inputs(self.schema, self.definitions, inputs, self.most):
            raise NotCompiled
        values = get_variable_values(self.schema, self.definitions, dict(inputs), MOST_ERRORS)
        if isinstance(values, VariableValues):
            return values
        raise NotCompiled


def _read(variables: Sequence[_Variable], inputs: Mapping[str, Any]) -> VariableValues:
    sources: dict[str, VariableValueSource] = {}
    coerced: dict[str, Any] = {}
    for variable in variables:
        name = variable.signature.name
        if name in inputs:
            value = inputs[name]
            sources[name] = VariableValueSource(variable.signature, value)
            coerced[name] = variable.read(value)
            continue
        if variable.is_required:
            raise _NotPlain
        sources[name] = variable.left_out
        if variable.default is not Undefined:
            coerced[name] = variable.default
    return VariableValues(sources, coerced)


def _variable(schema: GraphQLSchema, definition: VariableDefinitionNode) -> _Variable:
    signature = get_variable_signature(schema, definition)
    if not isinstance(signature, GraphQLVariableSignature):
        raise _NotPlain
    kind, default = cast("Any", signature).type, coerce_default_value(signature)
    if isinstance(default, list | dict):
        # Each request needs its own copy, because it may change the value.
        raise _NotPlain
    is_required = _is(kind, GraphQLNonNull) and default is Undefined
    return _Variable(signature, _reader(kind, {}), VariableValueSource(signature), default, is_required)


def _reader(kind: Any, known: dict[GraphQLInputObjectType, Read]) -> Read:  # noqa: ANN401 - any GraphQLInputType
    """Returns the reader of a type's values, given the readers of the input types that contain it.

    The depth is not checked: no request's JSON is as deep as the 200 levels that graphql-core allows.
    """
    if _is(kind, GraphQLNonNull):
        return _never_null(_reader(kind.of_type, known))
    if _is(kind, GraphQLList):
        return _list(_reader(kind.of_type, known))
    if is_leaf_type(kind):
        return _leaf(kind.coerce_input_value)
    if not is_input_object_type(kind) or kind.is_one_of:
        raise _NotPlain
    return known.get(kind) or _input(kind, known)


def _input(kind: GraphQLInputObjectType, known: dict[GraphQLInputObjectType, Read]) -> Read:
    fields: dict[str, _Field] = {}
    expected: list[_Field] = []
    known[kind] = _object(fields, expected, kind.out_type)
    for name, field in kind.fields.items():
        read, default = _reader(field.type, known), coerce_default_value(field)
        fields[name] = _Field(name, field.out_name or name, read, is_required_input_field(field), default)
        if fields[name].is_required or default is not Undefined:
            expected.append(fields[name])
    return known[kind]


@dataclass(frozen=True, slots=True)
class _Field:
    name: str
    out_name: str
    read: Read
    is_required: bool
    default: Any


def _never_null(read: Read) -> Read:
    def never_null(value: Any) -> Any:  # noqa: ANN401 - any value of JSON
        if value is None:
            raise _NotPlain
        return read(value)

    return never_null


def _leaf(coerce: Read) -> Read:
    def leaf(value: Any) -> Any:  # noqa: ANN401 - any value of JSON
        return None if value is None else _defined(coerce(value))

    return leaf


def _list(read: Read) -> Read:
    def items(value: Any) -> list[Any] | None:  # noqa: ANN401 - any value of JSON
        if value is None:
            return None
        if not isinstance(value, list):
            raise _NotPlain
        found = cast("list[Any]", value)
        _room.left -= len(found)
        if _room.left < 0:
            raise _NotPlain
        return [read(item) for item in found]

    return items


def _object(fields: Mapping[str, _Field], expected: Sequence[_Field], finished: Read) -> Read:
    """Returns the reader of objects.

    Args:
        fields: All fields.
        expected: The fields that have an effect if they are left out.
        finished: Converts the members that were read to the value of the type.
    """

    def members(value: Any) -> Any:  # noqa: ANN401 - any value of JSON
        if value is None:
            return None
        found: dict[str, Any] = {}
        for name, member in value.items():
            field = fields[name]
            found[field.out_name] = field.read(member)
        for field in expected:
            if field.name not in value:
                if field.is_required:
                    raise _NotPlain
                found[field.out_name] = field.default
        return finished(found)

    return members


def _defined(value: Any) -> Any:  # noqa: ANN401 - any value of JSON
    if value is Undefined:
        raise _NotPlain
    return value


def _is(kind: object, wrapper: type[Any]) -> bool:
    return isinstance(kind, wrapper)
