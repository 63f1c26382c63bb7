"""The scalars: what they accept and how they are written, as in REST."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, NewType
from uuid import UUID

import orjson
import strawberry
from graphql import (
    BooleanValueNode,
    FloatValueNode,
    GraphQLError,
    IntValueNode,
    ListValueNode,
    NullValueNode,
    ObjectValueNode,
    StringValueNode,
    ValueNode,
    VariableNode,
)

from datastore_service.application.json_codec import MalformedJson, decode
from datastore_service.application.times import read_time, timestamp
from datastore_service.domain.json_value import Json
from datastore_service.library_internals.strawberry import ScalarDefinition

JSON = NewType("JSON", object)
"""As output, JSON text; as input, a decoded value."""

Number = NewType("Number", object)
"""An exact number."""


def _uuid(value: object) -> UUID:
    if isinstance(value, str):
        try:
            return UUID(value)
        except ValueError:
            pass
    raise GraphQLError(f"{value!r} is not a UUID.")


def _time(value: object) -> datetime:
    try:
        return read_time(value)
    except ValueError as error:
        raise GraphQLError(str(error)) from error


def _number(node: IntValueNode | FloatValueNode) -> Json:
    try:
        return decode(node.value.encode())
    except MalformedJson as error:
        raise GraphQLError(str(error), node) from error


def _literal(node: ValueNode, variables: Mapping[str, Any] | None = None) -> Json:
    match node:
        case NullValueNode():
            return None
        case BooleanValueNode() | StringValueNode():
            return node.value
        case IntValueNode() | FloatValueNode():
            return _number(node)
        case ListValueNode():
            return [_literal(item, variables) for item in node.values]
        case ObjectValueNode():
            return {
                member.name.value: _literal(member.value, variables)
                for member in node.fields
                if not _is_missing(member.value, variables)
            }
        case VariableNode():
            return (variables or {}).get(node.name.value)
        case _:
            raise GraphQLError("An enum value is not a JSON value.", node)


def _exact(value: object) -> Json:
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return value
    raise GraphQLError(f"{value!r} is no number.")


def _exact_literal(node: ValueNode, _variables: Mapping[str, Any] | None = None) -> Json:
    if isinstance(node, IntValueNode | FloatValueNode):
        return _number(node)
    raise GraphQLError("This is not a number.", node)


def _is_missing(node: ValueNode, variables: Mapping[str, Any] | None) -> bool:
    """Tells whether a member is left out because its variable has neither a value nor a default."""
    return isinstance(node, VariableNode) and node.name.value not in (variables or {})


SCALARS: Final[Mapping[object, ScalarDefinition]] = {
    JSON: strawberry.scalar(
        name="JSON",
        description="Any JSON value (RFC 8259), null included. Numbers keep all their digits.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc8259",
        serialize=orjson.Fragment,
        parse_value=lambda value: value,
        parse_literal=_literal,
    ),
    Number: strawberry.scalar(
        name="Number",
        description="A number with all its digits, as JSON writes it (RFC 8259, section 6).",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc8259#section-6",
        serialize=lambda value: value,
        parse_value=_exact,
        parse_literal=_exact_literal,
    ),
    UUID: strawberry.scalar(
        name="UUID",
        description="A UUID (RFC 9562) as text.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc9562",
        serialize=str,
        parse_value=_uuid,
    ),
    datetime: strawberry.scalar(
        name="DateTime",
        description="A time (RFC 3339) in UTC, with microseconds.",
        specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
        serialize=timestamp,
        parse_value=_time,
    ),
}
