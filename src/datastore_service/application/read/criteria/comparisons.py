"""Which comparisons make sense: the operators and the operands that each kind of field takes."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Final, cast
from uuid import UUID

from datastore_service.application.fields import Attribute, Field, Kind, PayloadPath
from datastore_service.application.read.criteria.conditions import (
    PATTERN_OPERATORS,
    TEXT_OPERATORS,
    Comparison,
    Condition,
    ItemCount,
    Not,
    Operand,
    Operator,
)
from datastore_service.application.times import read_time
from datastore_service.domain.errors import InvalidValue
from datastore_service.domain.json_value import Json, check_storable

MAX_PATTERN_LENGTH: Final = 1000

_EQUALITY: Final = frozenset({Operator.EQ, Operator.NE, Operator.IN, Operator.NIN})
_NEGATIONS: Final[Mapping[Operator, Operator]] = {Operator.NE: Operator.EQ, Operator.NIN: Operator.IN}
_ORDER: Final = frozenset({Operator.GT, Operator.GTE, Operator.LT, Operator.LTE})
_EXISTS: Final = frozenset({Operator.EXISTS})
_OF_TIMES: Final = _EQUALITY | _ORDER | _EXISTS
_OF_VALUES: Final = frozenset(Operator)
"""Those that places in a payload take."""


def read_comparison(field: Field | ItemCount, operator: Operator, operand: Json, pointer: str) -> Condition:
    """Makes a comparison of what a client has given; `ne` and `nin` become the negation of `eq` and `in`.

    Args:
        field: What is compared.
        operator: How.
        operand: With what, as JSON.
        pointer: JSON Pointer to the operand, for errors.

    Raises:
        InvalidValue: The field has no such operator, or the operator takes no such operand.
    """
    if operator in _NEGATIONS:
        return Not(read_comparison(field, _NEGATIONS[operator], operand, pointer))
    check_storable(operand, pointer)
    taken = _operators_of(field)
    if operator not in taken:
        raise InvalidValue(pointer, f"{field} cannot be compared with {operator}; it takes {_listed(taken)}.")
    if operator is Operator.EXISTS:
        return Comparison(field, operator, _flag(operand, pointer))
    if operator in TEXT_OPERATORS:
        return Comparison(field, operator, _pattern(operator, operand, pointer))
    read = _reader(field, operator)
    if operator is not Operator.IN:
        return Comparison(field, operator, read(operand, pointer))
    if not isinstance(operand, list):
        raise InvalidValue(pointer, f"{operator} takes an array.")
    items = [read(item, f"{pointer}/{index}") for index, item in enumerate(operand)]
    return Comparison(field, operator, cast("Operand", items))


def _operators_of(field: Field | ItemCount) -> Collection[Operator]:
    if isinstance(field, ItemCount):
        return _OPERATORS[Kind.NUMBER]
    if isinstance(field, PayloadPath):
        return _OF_TIMES if field.as_time else _OF_VALUES
    operators = _OPERATORS[field.kind]
    return operators | _EXISTS if field in _OPTIONAL else operators


def _reader(field: Field | ItemCount, operator: Operator) -> Callable[[Json, str], Operand]:
    match field:
        case PayloadPath(as_time=True):
            return _time
        case PayloadPath() if operator in _ORDER:
            return _orderable
        case PayloadPath():
            return lambda operand, _: operand
        case ItemCount():
            return _number
        case _ if field.kind is Kind.TEXTS and operator is Operator.IN:
            return _text
        case _:
            return _READERS[field.kind]


def _flag(operand: Json, pointer: str) -> bool:
    if not isinstance(operand, bool):
        raise InvalidValue(pointer, "exists takes true or false.")
    return operand


def _text(operand: Json, pointer: str) -> str:
    if not isinstance(operand, str):
        raise InvalidValue(pointer, "This is compared with texts.")
    return operand


def _pattern(operator: Operator, operand: Json, pointer: str) -> str:
    text = _text(operand, pointer)
    if len(text) > MAX_PATTERN_LENGTH:
        raise InvalidValue(pointer, f"A pattern has at most {MAX_PATTERN_LENGTH} characters.")
    backslashes = len(text) - len(text.rstrip("\\"))
    if operator in PATTERN_OPERATORS and backslashes % 2:
        raise InvalidValue(pointer, "The backslash at the end of the pattern stands for nothing; two are a backslash.")
    return text


def _orderable(operand: Json, pointer: str) -> Json:
    if operand is None or isinstance(operand, list | dict):
        raise InvalidValue(pointer, "Only texts, numbers, true and false have an order to compare with.")
    return operand


def _time(operand: Json, pointer: str) -> datetime:
    try:
        return read_time(operand)
    except ValueError as error:
        raise InvalidValue(pointer, str(error)) from error


def _uuid(operand: Json, pointer: str) -> UUID:
    try:
        return UUID(operand if isinstance(operand, str) else "")
    except ValueError:
        raise InvalidValue(pointer, "This is compared with UUIDs.") from None


def _number(operand: Json, pointer: str) -> Json:
    if isinstance(operand, bool) or not isinstance(operand, int | float | Decimal):
        raise InvalidValue(pointer, "This is compared with numbers.")
    return operand


def _texts(operand: Json, pointer: str) -> Json:
    items = operand if isinstance(operand, list) else [operand]
    return [
        _text(item, f"{pointer}/{index}" if isinstance(operand, list) else pointer) for index, item in enumerate(items)
    ]


def _listed(operators: Collection[Operator]) -> str:
    return ", ".join(operator for operator in Operator if operator in operators)


_OPTIONAL: Final = frozenset({Attribute.DELETED_AT})
"""What not every record has."""
_OPERATORS: Final[Mapping[Kind, frozenset[Operator]]] = {
    Kind.ID: _EQUALITY | _ORDER,
    Kind.TEXT: _EQUALITY | _ORDER | TEXT_OPERATORS,
    Kind.NUMBER: _EQUALITY | _ORDER,
    Kind.TEXTS: _EQUALITY | {Operator.CONTAINS},
    Kind.TIME: _EQUALITY | _ORDER,
}
_READERS: Final[Mapping[Kind, Callable[[Json, str], Operand]]] = {
    Kind.ID: _uuid,
    Kind.TEXT: _text,
    Kind.NUMBER: _number,
    Kind.TEXTS: _texts,
    Kind.TIME: _time,
}
