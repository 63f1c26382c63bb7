"""Conditions on records: a tree of comparisons. Each is true or false for every record, never unknown."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from datastore_service.application.fields import Field, PayloadPath
from datastore_service.domain.json_value import Json


class Operator(StrEnum):
    """How a field is compared with an operand."""

    EQ = "eq"
    NE = "ne"
    GT = "gt"
    GTE = "gte"
    LT = "lt"
    LTE = "lte"
    IN = "in"
    NIN = "nin"
    CONTAINS = "contains"
    EXISTS = "exists"
    LIKE = "like"
    ILIKE = "ilike"
    STARTS_WITH = "starts_with"


PATTERN_OPERATORS: Final = frozenset({Operator.LIKE, Operator.ILIKE})
TEXT_OPERATORS: Final = PATTERN_OPERATORS | {Operator.STARTS_WITH}
"""Those that only texts are compared by."""


class ItemOperator(StrEnum):
    """What a condition says of the items of an array. Only an array has items, so there are none elsewhere."""

    ANY = "any"
    NONE = "none"
    SIZE = "size"


@dataclass(frozen=True, slots=True)
class ItemCount:
    """How many items the array at a place has; it is missing if no array is there."""

    array: PayloadPath

    def __str__(self) -> str:
        return "The number of items"


type Operand = Json | UUID | datetime | Sequence[UUID] | Sequence[datetime]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The condition that a field compares so with the operand.

    `read_comparison` makes only comparisons that are valid for the field, and turns `ne` and `nin` into `Not`.

    The operand's type is that of the field: of `id` a UUID, of times a datetime, of `version` a number, of `collection`
    a text, of `tags` a list of texts, of a number of items a number, of a payload path any JSON value; for `in` a list
    of those.
    """

    field: Field | ItemCount
    operator: Operator
    operand: Operand


@dataclass(frozen=True, slots=True)
class AllOf:
    """The condition that all parts hold. Without parts it is true."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """The condition that at least one part holds. Without parts it is false."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The condition that the part does not hold. For each record, either the part or this is true."""

    part: "Condition"


@dataclass(frozen=True, slots=True)
class AnyItem:
    """The condition that there is an array at a place, of whose items at least one is as the part says.

    To the part, an item is what the payload is to other conditions: its paths begin there, and it has no attributes.
    """

    array: PayloadPath
    part: "Condition"


type Condition = Comparison | AllOf | AnyOf | Not | AnyItem


def any_item(arrays: Sequence[PayloadPath], condition: Condition) -> Condition:
    """Returns that a condition holds for an item of the last array, which is in an item of the one before.

    Without arrays, it is the condition itself.
    """
    for array in reversed(arrays):
        condition = AnyItem(array, condition)
    return condition


def parts_of(condition: Condition) -> Sequence[Condition]:
    """Returns what a condition is directly made of."""
    match condition:
        case AllOf(parts) | AnyOf(parts):
            return parts
        case Not(part) | AnyItem(part=part):
            return (part,)
        case Comparison():
            return ()


def all_in(condition: Condition) -> Iterable[Condition]:
    """Yields a condition and all that it is made of, directly or not."""
    yield condition
    for part in parts_of(condition):
        yield from all_in(part)


def depth_of(condition: Condition) -> int:
    """Returns how many levels the tree has."""
    return 1 + max(map(depth_of, parts_of(condition)), default=0)


def comparisons_of(condition: Condition) -> Sequence[Comparison]:
    """Returns the comparisons in the tree."""
    if isinstance(condition, Comparison):
        return (condition,)
    return [comparison for part in parts_of(condition) for comparison in comparisons_of(part)]
