"""The order of lists. If two records have equal keys, their ids decide."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from types import NoneType
from typing import Any, Final
from uuid import UUID

from datastore_service.application.fields import (
    Field,
    Kind,
    PayloadPath,
    Relevance,
    kind_of_attribute,
    read_field,
)
from datastore_service.application.read.criteria.evaluation import Missing, Subject, Value, value_of
from datastore_service.domain.errors import InvalidValue
from datastore_service.domain.json_value import Json, exact_number

KEY_LENGTH: Final = 200
"""The characters of a text that have a part in its order."""

KEY_DIGITS: Final = 100
"""The significant digits of a number that have a part in its order."""

_ROUNDED: Final = Context(prec=KEY_DIGITS, rounding=ROUND_HALF_UP, Emax=10**6, Emin=-(10**6))


def key_of(value: Json) -> Json:
    """Returns what stands for a value in an order: no value that is greater than another has a lesser key.

    It is short, so that an index and a cursor can hold it. All arrays have the same key, and so have all objects.
    """
    match value:
        case None | bool():
            return value
        case str():
            return value[:KEY_LENGTH]
        case list():
            return [None]
        case dict():
            return {}
        case int() | float() | Decimal():
            return _rounded(value)


def is_told_by_key(value: Json) -> bool:
    """Tells whether no other value has the same key, so that equal keys mean equal values."""
    return value is None or isinstance(value, bool) or (isinstance(value, str) and len(value) < KEY_LENGTH)


def _rounded(number: float | Decimal) -> int | float | Decimal:
    exact = exact_number(number)
    return number if len(exact.as_tuple().digits) <= KEY_DIGITS else _ROUNDED.plus(exact)


@dataclass(frozen=True, slots=True)
class OrderKey:
    """That a list is ordered by a field: ascending, or exactly the other way round.

    Ascending, values come as null, texts, numbers, false, true, arrays, objects, and last the records without a value.
    """

    field: Field | Relevance
    descending: bool = False

    def __str__(self) -> str:
        return f"{'-' if self.descending else ''}{self.field}"


type Order = tuple[OrderKey, ...]
"""By the first key, then by the second and so on, and last by id, in the direction of the last key."""

BY_RELEVANCE: Final[Order] = (OrderKey(Relevance.RELEVANCE, descending=True),)
"""The order of what is searched for and not ordered otherwise."""


def read_order_key(written: object, pointer: str) -> OrderKey:
    """Reads a field, with a minus in front of it for the descending order.

    Raises:
        InvalidValue: There is no such field, or no order by it.
    """
    if not isinstance(written, str):
        raise InvalidValue(pointer, 'An order is a text such as "-payload.age".')
    return order_key(read_field(written.removeprefix("-"), pointer), pointer, descending=written.startswith("-"))


def order_key(field: Field, pointer: str, *, descending: bool) -> OrderKey:
    """Makes the key of an order.

    Raises:
        InvalidValue: There is no order by the field.
    """
    if kind_of_attribute(field) is Kind.TEXTS:
        raise InvalidValue(pointer, f"There is no order by {field}.")
    return OrderKey(field, descending)


def is_descending(order: Order) -> bool:
    """Tells the direction in which ids decide."""
    return bool(order) and order[-1].descending


def sort_keys(order: Order, subject: Subject, relevance: float = 0) -> Sequence[Value]:
    """Returns what a record is ordered by: the keys of its values."""
    return [
        relevance if isinstance(key.field, Relevance) else _key_of_value(value_of(key.field, subject), key.field)
        for key in order
    ]


def precedes(order: Order, left: tuple[Sequence[Value], UUID], right: tuple[Sequence[Value], UUID]) -> bool:
    """Tells whether the place with the left keys and id comes before the right one in a list of this order."""
    for key, one, other in zip(order, left[0], right[0], strict=True):
        ranked, other_ranked = _rank(one), _rank(other)
        if ranked != other_ranked:
            return (ranked > other_ranked) is key.descending
    return left[1] != right[1] and (left[1] > right[1]) is is_descending(order)


def _key_of_value(value: Value, field: Field) -> Value:
    if isinstance(value, Missing) or not isinstance(field, PayloadPath) or field.as_time:
        return value
    return key_of(value)  # pyright: ignore[reportArgumentType] - what is in a payload is JSON


def _rank(value: Value) -> tuple[int, Any]:
    """Returns what compares as the value does: values of two types do so by their types."""
    match value:
        case bool():
            return (_RANKS[bool], value)
        case int() | float() | Decimal():
            return (_RANKS[int], exact_number(value))
        case None | list() | dict() | Missing():
            return (_RANKS[type(value)], 0)
        case _:
            return (_RANKS[str], value)


_RANKS: Final[Mapping[type, int]] = {
    kind: rank for rank, kind in enumerate((NoneType, str, int, bool, list, dict, Missing))
}
