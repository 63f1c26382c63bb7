"""The executable specification of filters: every store has to give the same results."""

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final, Protocol, cast
from uuid import UUID

from datastore_service.application.fields import Attribute, Field, Kind, PayloadPath, kind_of_attribute
from datastore_service.application.json_codec import decode, encode
from datastore_service.application.read.criteria.conditions import (
    TEXT_OPERATORS,
    AllOf,
    AnyItem,
    AnyOf,
    Comparison,
    Condition,
    ItemCount,
    Not,
    Operator,
)
from datastore_service.application.read.criteria.patterns import like
from datastore_service.application.times import parse_time
from datastore_service.application.views import JsonText
from datastore_service.domain.json_value import Json, exact_number, same_json


class Subject(Protocol):
    """A record, as filters look at it; they find its attributes by their names."""

    @property
    def id(self) -> UUID: ...
    @property
    def collection(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def payload(self) -> Json: ...
    @property
    def created_at(self) -> datetime: ...
    @property
    def updated_at(self) -> datetime: ...
    @property
    def deleted_at(self) -> datetime | None: ...


class Missing:
    """Stands for a value that is not there, which is something else than null."""


MISSING: Final = Missing()

type Value = Json | UUID | datetime | tuple[str, ...] | Missing


type _Given = Any
"""An operand or a value, of the type that the field and the operator go with."""


def holds(condition: Condition, subject: Subject) -> bool:
    """Tells whether a record is as the condition says."""
    return _holds(condition, subject, subject.payload)


def _holds(condition: Condition, subject: Subject, whole: Json) -> bool:
    """Tells whether a condition holds whose paths begin at a value: at the payload, or at an item of an array."""
    match condition:
        case AllOf(parts):
            return all(_holds(part, subject, whole) for part in parts)
        case AnyOf(parts):
            return any(_holds(part, subject, whole) for part in parts)
        case Not(part):
            return not _holds(part, subject, whole)
        case AnyItem(array, part):
            found = value_at(whole, array.steps)
            return isinstance(found, list) and any(_holds(part, subject, item) for item in found)
        case Comparison():
            return _compares(condition, _value_of(condition.field, subject, whole))


def value_of(field: Field, subject: Subject) -> Value:
    """Returns the record's value of the field."""
    return _value_of(field, subject, subject.payload)


def _value_of(field: Field | ItemCount, subject: Subject, whole: Json) -> Value:
    match field:
        case Attribute():
            found = getattr(subject, field)
            return MISSING if found is None else found
        case ItemCount(array):
            found = value_at(whole, array.steps)
            return len(found) if isinstance(found, list) else MISSING
        case PayloadPath(steps, as_time=True):
            found = value_at(whole, steps)
            return (parse_time(found) if isinstance(found, str) else None) or MISSING
        case PayloadPath(steps):
            return value_at(whole, steps)


def value_at(value: Json, steps: Sequence[str]) -> Json | Missing:
    """Follows the steps into a JSON value."""
    for step in steps:
        if isinstance(value, dict) and step in value:
            value = value[step]
        elif isinstance(value, list) and (index := index_of(step)) is not None and -len(value) <= index < len(value):
            value = value[index]
        else:
            return MISSING
    return value


def part_of(payload: JsonText, path: PayloadPath) -> JsonText:
    """Returns what a payload has at a place; null, too, where it has nothing."""
    found = value_at(decode(payload.encode()), path.steps)
    return JsonText(encode(None if found is MISSING else cast("Json", found)).decode())


def kind_of(value: Value) -> str:
    """Names the type of a value: values of two types have no order between them, and are never equal."""
    match value:
        case bool():
            return "boolean"
        case int() | float() | Decimal():
            return "number"
        case _:
            return type(value).__name__


def contains(value: Json, part: Json) -> bool:
    """Tells whether one JSON value contains another, as PostgreSQL's `@>` does.

    An object contains one whose members it contains under the same keys; an array contains one of whose items each is
    in it, however often and in whatever order, and also any one of its items that is no array or object.
    """
    if isinstance(value, list) and not isinstance(part, list | dict):
        return any(same_json(item, part) for item in value)
    return _contains(value, part)


def _contains(value: Json, part: Json) -> bool:
    match value, part:
        case dict(), dict():
            return all(key in value and _contains(value[key], member) for key, member in part.items())
        case list(), list():
            return all(any(_contains(item, wanted) for item in value) for wanted in part)
        case _:
            return same_json(value, part) and not isinstance(value, list | dict)


def _compares(comparison: Comparison, value: Value) -> bool:
    operand = cast("Any", comparison.operand)
    match comparison.operator:
        case Operator.EXISTS:
            return (value is not MISSING) is operand
        case Operator.EQ:
            return _equal(comparison.field, value, operand)
        case Operator.IN:
            return any(_one_of(comparison.field, value, item) for item in operand)
        case Operator.CONTAINS:
            return _holds_within(value, operand)
        case text if text in TEXT_OPERATORS:
            return isinstance(value, str) and _TEXTS[text](value, operand)
        case _:
            compare = _ORDERS[comparison.operator]
            return kind_of(value) == kind_of(operand) and compare(_sortable(value), _sortable(operand))


def _equal(field: Field | ItemCount, value: Value, operand: _Given) -> bool:
    if value is MISSING:
        return False
    if kind_of_attribute(field) is Kind.TEXTS:
        return sorted(set(operand)) == list(cast("tuple[str, ...]", value))
    if isinstance(operand, UUID | datetime):
        return value == operand
    return same_json(cast("Json", value), operand)


def _one_of(field: Field | ItemCount, value: Value, item: _Given) -> bool:
    if kind_of_attribute(field) is Kind.TEXTS:
        return item in cast("tuple[str, ...]", value)
    return _equal(field, value, item)


def _holds_within(value: Value, operand: _Given) -> bool:
    if value is MISSING:
        return False
    if isinstance(value, tuple):
        return set(value) >= set(operand)
    return contains(cast("Json", value), operand)


def _sortable(value: _Given) -> _Given:
    return exact_number(value) if kind_of(value) == "number" else value


def index_of(step: str) -> int | None:
    """Reads a step of a path as PostgreSQL does where it leads into an array: as a C integer; None if it is none."""
    return int(step) if _INTEGER.fullmatch(step) and int(step) in _INT32 else None


_INTEGER: Final = re.compile(r"[ \t\n\v\f\r]*[+-]?[0-9]{1,20}")
_INT32: Final = range(-(2**31) + 1, 2**31)
_ORDERS: Final[Mapping[Operator, Callable[[Any, Any], bool]]] = {
    Operator.GT: operator.gt,
    Operator.GTE: operator.ge,
    Operator.LT: operator.lt,
    Operator.LTE: operator.le,
}
_TEXTS: Final[Mapping[Operator, Callable[[str, str], bool]]] = {
    Operator.LIKE: like,
    Operator.ILIKE: lambda text, pattern: like(text.lower(), pattern.lower()),
    Operator.STARTS_WITH: str.startswith,
}
