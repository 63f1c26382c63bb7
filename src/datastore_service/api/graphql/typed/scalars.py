"""The scalars that only typed collections have; a payload's text goes to the client as it is."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final, TypeGuard

from graphql import GraphQLError, GraphQLScalarType, IntValueNode, StringValueNode, ValueNode

from datastore_service.application.json_codec import MalformedJson, decode
from datastore_service.application.times import read_time
from datastore_service.domain.json_value import Json


def is_integer(value: object) -> TypeGuard[int | float | Decimal]:
    """Tells whether a value is an integer, of which JSON Schema knows 1.0 to be one."""
    if not isinstance(value, int | float | Decimal) or isinstance(value, bool):
        return False
    exact = Decimal(value)
    return exact.is_finite() and exact == exact.to_integral_value()


def _integer(value: object) -> Json:
    if is_integer(value):
        return value
    raise GraphQLError(f"{value!r} is not an integer.")


def _integer_literal(node: ValueNode, _variables: Mapping[str, Any] | None = None) -> Json:
    if not isinstance(node, IntValueNode):
        raise GraphQLError("This is not an integer.", node)
    try:
        return decode(node.value.encode())
    except MalformedJson as error:
        raise GraphQLError(str(error), node) from error


def _date(value: object) -> str:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            pass
    raise GraphQLError(f"{value!r} is not a date such as 2026-12-31.")


def _timestamp(value: object) -> str:
    try:
        read_time(value)
    except ValueError as error:
        raise GraphQLError(str(error)) from error
    return str(value)


def _text(node: ValueNode, _variables: Mapping[str, Any] | None = None) -> str:
    if isinstance(node, StringValueNode):
        return node.value
    raise GraphQLError("This is not a string.", node)


INTEGER: Final = GraphQLScalarType(
    "Integer",
    description="An integer with all its digits, as JSON writes it (RFC 8259, section 6).",
    specified_by_url="https://www.rfc-editor.org/rfc/rfc8259#section-6",
    serialize=lambda value: value,
    parse_value=_integer,
    parse_literal=_integer_literal,
)
DATE: Final = GraphQLScalarType(
    "Date",
    description="A date (RFC 3339, full-date) as text.",
    specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
    serialize=lambda value: value,
    parse_value=_date,
    parse_literal=lambda node, variables=None: _date(_text(node, variables)),
)
TIMESTAMP: Final = GraphQLScalarType(
    "Timestamp",
    description="A time (RFC 3339), in the offset and with the digits that the payload has.",
    specified_by_url="https://www.rfc-editor.org/rfc/rfc3339",
    serialize=lambda value: value,
    parse_value=_timestamp,
    parse_literal=lambda node, variables=None: _timestamp(_text(node, variables)),
)
