"""How a filter is written in JSON, and what is wrong with one that is written otherwise.

`{"payload.age": {"gte": 30, "lt": 40}, "payload.city": "London", "or": [{...}, {...}], "not": {...}}`: all that an
object says has to hold, and a value that is no object is one that the field equals.

`{"payload.items": {"any": {"item.sku": "A", "item.qty": {"gt": 3}}}}` is about the items of an array; a filter of items
is written like one of records. `{"payload.items[*].qty": {"gt": 3}}` says the same of one member.
"""

from collections.abc import Iterator
from typing import Final

from datastore_service.application.fields import Attribute, Compared, Field, PayloadPath, read_compared
from datastore_service.application.read.criteria.comparisons import read_comparison
from datastore_service.application.read.criteria.conditions import (
    AllOf,
    AnyItem,
    AnyOf,
    Condition,
    ItemCount,
    ItemOperator,
    Not,
    Operator,
    any_item,
)
from datastore_service.domain.errors import InvalidValue
from datastore_service.domain.json_value import Json, escape_pointer


def read_condition(document: Json, pointer: str, *, of_item: bool = False) -> Condition:
    """Reads a filter.

    Args:
        document: What the client has written, decoded.
        pointer: JSON Pointer to it, for errors.
        of_item: Whether it is a filter of an array's items instead of records.

    Raises:
        InvalidValue: It is no filter; the pointer leads to the bad part.
    """
    if not isinstance(document, dict):
        raise InvalidValue(pointer, f"{pointer}: a filter is an object.")
    parts = [
        part
        for key, value in document.items()
        for part in _member(key, value, f"{pointer}/{_token(key)}", of_item=of_item)
    ]
    return parts[0] if len(parts) == 1 else AllOf(tuple(parts))


def _member(key: str, value: Json, pointer: str, *, of_item: bool) -> Iterator[Condition]:
    match key:
        case "and":
            yield AllOf(_conditions(value, pointer, of_item=of_item))
        case "or":
            yield AnyOf(_conditions(value, pointer, of_item=of_item))
        case "not":
            yield Not(read_condition(value, pointer, of_item=of_item))
        case _:
            compared = read_compared(key, pointer, of_item=of_item)
            comparisons = _comparisons(compared.field, value, pointer)
            yield from of_compared(compared, tuple(comparisons)) if compared.arrays else comparisons


def of_compared(compared: Compared, parts: tuple[Condition, ...]) -> tuple[Condition, ...]:
    """Returns the conditions on what is compared; those on an item of an array are on the same item."""
    return (any_item(compared.arrays, AllOf(parts)),) if compared.arrays else parts


def _conditions(value: Json, pointer: str, *, of_item: bool) -> tuple[Condition, ...]:
    if not isinstance(value, list):
        raise InvalidValue(pointer, f"{pointer}: what is combined is an array of filters.")
    return tuple(read_condition(part, f"{pointer}/{index}", of_item=of_item) for index, part in enumerate(value))


def _comparisons(field: Field | ItemCount, value: Json, pointer: str) -> Iterator[Condition]:
    if not isinstance(value, dict):
        yield read_comparison(field, Operator.EQ, value, pointer)
        return
    if not value:
        raise InvalidValue(pointer, f"{pointer}: names no operator; there are {_OPERATORS}.")
    for name, operand in value.items():
        place = f"{pointer}/{_token(name)}"
        if name in _OF_ITEMS and not isinstance(field, ItemCount):
            yield read_of_items(field, ItemOperator(name), operand, place)
        else:
            yield read_comparison(field, read_operator(name, place), operand, place)


def read_of_items(field: Field, operator: ItemOperator, operand: Json, pointer: str) -> Condition:
    """Reads a condition on the items of an array.

    Raises:
        InvalidValue: There can be no array, or what is said of the items is no filter of them.
    """
    array = array_at(field, operator, pointer)
    match operator:
        case ItemOperator.ANY:
            return AnyItem(array, read_condition(operand, pointer, of_item=True))
        case ItemOperator.NONE:
            return Not(AnyItem(array, read_condition(operand, pointer, of_item=True)))
        case ItemOperator.SIZE:
            return AllOf(tuple(_comparisons(ItemCount(array), operand, pointer)))


def array_at(field: Field, operator: ItemOperator, pointer: str) -> PayloadPath:
    """Returns the place of an array.

    Raises:
        InvalidValue: The field is no place in a payload.
    """
    if isinstance(field, Attribute) or field.as_time:
        raise InvalidValue(pointer, f"{operator} is of the items of an array in a payload, which {field} is not.")
    return field


def read_operator(name: str, pointer: str) -> Operator:
    """Reads the name of an operator.

    Raises:
        InvalidValue: There is none of the name.
    """
    if name not in Operator:
        shown = repr(name if len(name) <= _SHOWN else f"{name[:_SHOWN]}…")
        raise InvalidValue(pointer, f"{shown} is no operator; there are {_OPERATORS}.")
    return Operator(name)


_SHOWN = 40
_OF_ITEMS: Final = frozenset(ItemOperator)
_OPERATORS = ", ".join((*Operator, *ItemOperator))


def _token(key: str) -> str:
    return escape_pointer(key)
