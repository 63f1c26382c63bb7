"""The input types of filters and orders, and the criteria that they express."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from enum import Enum
from functools import cache
from typing import Any, Final, cast
from uuid import UUID

import strawberry

from datastore_service.api.graphql.types.scalars import JSON, Number
from datastore_service.api.http import descriptions
from datastore_service.application.fields import (
    Attribute,
    Field,
    PayloadPath,
    read_compared_path,
    read_payload_path,
)
from datastore_service.application.read.criteria.comparisons import read_comparison
from datastore_service.application.read.criteria.conditions import (
    AllOf,
    AnyItem,
    AnyOf,
    Comparison,
    Condition,
    ItemCount,
    ItemOperator,
    Not,
    Operator,
)
from datastore_service.application.read.criteria.orders import Order, OrderKey, order_key
from datastore_service.application.read.criteria.reading import array_at, of_compared
from datastore_service.domain.errors import InvalidValue
from datastore_service.domain.json_value import Json


def _optional(description: str, name: str | None = None) -> Any:  # noqa: ANN401 - what Strawberry makes of it
    return strawberry.field(default=strawberry.UNSET, description=description, name=name)


@strawberry.input
class OrderedComparison[T]:
    eq: T | None = _optional("It equals this.")
    ne: T | None = _optional("It does not equal this.")
    gt: T | None = _optional("It is greater than this.")
    gte: T | None = _optional("It is at least this.")
    lt: T | None = _optional("It is less than this.")
    lte: T | None = _optional("It is at most this.")
    in_: list[T] | None = _optional("It is one of these.", name="in")
    nin: list[T] | None = _optional("It is none of these.")


@strawberry.input(description="Conditions on a string; strings are ordered by code points.")
class StringComparison(OrderedComparison[str]):
    like: str | None = _optional("`%` matches any text, `_` any character; a backslash escapes the next one.")
    ilike: str | None = _optional("The same, ignoring case.")
    starts_with: str | None = _optional("It starts with this.")


@strawberry.input(description="Conditions on a number, compared exactly.")
class NumberComparison(OrderedComparison[Number]):
    pass


@strawberry.input(description="Conditions on a time, compared as an instant.")
class TimeComparison(OrderedComparison[datetime]):
    exists: bool | None = _optional("Whether there is such a time.")


@strawberry.input(description="Conditions on an id.")
class IdComparison(OrderedComparison[UUID]):
    pass


@strawberry.input(description="Conditions on the tags.")
class TagsComparison:
    eq: list[str] | None = _optional("The tags are exactly these.")
    ne: list[str] | None = _optional("The tags are not exactly these.")
    contains: list[str] | None = _optional("All of these are among the tags.")
    in_: list[str] | None = _optional("At least one of these is among the tags.", name="in")
    nin: list[str] | None = _optional("None of these is among the tags.")


@strawberry.input(description="Conditions on the value at a path in the payload; all of them must hold.")
class PayloadComparison:
    path: str = strawberry.field(default="", description=descriptions.COMPARED_PATH)
    eq: JSON | None = _optional("It is this JSON value. Null is a value; it differs from a missing one.")
    ne: JSON | None = _optional("It is not this JSON value, or it is missing.")
    in_: list[JSON | None] | None = _optional("It is one of these.", name="in")
    nin: list[JSON | None] | None = _optional("It is none of these, or it is missing.")
    contains: JSON | None = _optional(
        "It contains this: an object contains these members; an array, these items or this one."
    )
    exists: bool | None = _optional("Whether there is a value, which may be null.")
    string: StringComparison | None = _optional("It is a string, and these conditions hold.")
    number: NumberComparison | None = _optional("It is a number, and these conditions hold.")
    time: TimeComparison | None = _optional("It is a string with a time (RFC 3339), and these conditions hold.")
    any: "PayloadItemFilter | None" = _optional("It is an array, and at least one of its items satisfies this.")
    none: "PayloadItemFilter | None" = _optional("It is an array of whose items none satisfies this, or no array.")
    size: NumberComparison | None = _optional(
        "The number of its items. Only arrays have one: `ne` and `nin` match all else."
    )


@strawberry.input(description="Conditions on an item of an array; all of them must hold for the same item.")
class PayloadItemFilter:
    and_: list["PayloadItemFilter"] | None = _optional("All of these filters hold.", name="and")
    or_: list["PayloadItemFilter"] | None = _optional("At least one of these filters holds.", name="or")
    not_: "PayloadItemFilter | None" = _optional("This filter does not hold.", name="not")
    item: list[PayloadComparison] | None = _optional(
        "Conditions on values in the item, whose paths begin there; an empty path is the item itself."
    )


@strawberry.input(description="Conditions on records; all of them must hold.")
class RecordFilter:
    and_: list["RecordFilter"] | None = _optional("All of these filters hold.", name="and")
    or_: list["RecordFilter"] | None = _optional("At least one of these filters holds.", name="or")
    not_: "RecordFilter | None" = _optional("This filter does not hold.", name="not")
    id: IdComparison | None = _optional("Its id.")
    collection: StringComparison | None = _optional("The name of its collection.")
    version: NumberComparison | None = _optional("Its version.")
    tags: TagsComparison | None = _optional("Its tags.")
    created_at: TimeComparison | None = _optional("When it was created.")
    updated_at: TimeComparison | None = _optional("When it last changed.")
    deleted_at: TimeComparison | None = _optional("When it was deleted; only tombstones have it.")
    payload: list[PayloadComparison] | None = _optional("Conditions on values in the payload.")


@strawberry.enum(description="The attributes that records can be ordered by.")
class RecordAttribute(Enum):
    ID = strawberry.enum_value("id", description="The id; ids made by the service are in the order of creation.")
    COLLECTION = strawberry.enum_value("collection", description="The name of its collection.")
    VERSION = strawberry.enum_value("version", description="Its version.")
    CREATED_AT = strawberry.enum_value("created_at", description="When it was created.")
    UPDATED_AT = strawberry.enum_value("updated_at", description="When it last changed.")
    DELETED_AT = strawberry.enum_value(
        "deleted_at", description="When it was deleted; records that are not deleted come last."
    )


@strawberry.enum(description="The direction of an order.")
class OrderDirection(Enum):
    ASC = strawberry.enum_value("asc", description="Null, texts, numbers, false, true, arrays, objects, no value.")
    DESC = strawberry.enum_value("desc", description="No value, objects, arrays, true, false, numbers, texts, null.")


@strawberry.input(description="A key of an order: either an attribute or a path in the payload.")
class RecordOrder:
    attribute: RecordAttribute | None = strawberry.field(default=None, description="An attribute of the record.")
    payload: str | None = strawberry.field(default=None, description=descriptions.PAYLOAD_PATH)
    direction: OrderDirection = strawberry.field(
        default=OrderDirection.ASC, description="Descending is the exact reverse of ascending."
    )


def condition_of(given: RecordFilter | PayloadItemFilter, pointer: str = "/filter") -> Condition:
    """Returns the condition that a filter expresses.

    Raises:
        InvalidValue: The filter is invalid; the pointer leads to the bad part of the argument.
    """
    return AllOf(tuple(_parts(given, pointer)))


def order_of(given: Sequence[RecordOrder]) -> Order:
    """Returns the order.

    Raises:
        InvalidValue: The order is invalid.
    """
    return tuple(_order_key(key, f"/orderBy/{index}") for index, key in enumerate(given))


def _parts(given: RecordFilter | PayloadItemFilter, pointer: str) -> Iterator[Condition]:
    for name, value, place in _said(given, pointer):
        match name:
            case "and" | "or":
                parts = tuple(condition_of(part, f"{place}/{index}") for index, part in enumerate(value))
                yield AllOf(parts) if name == "and" else AnyOf(parts)
            case "not":
                yield Not(condition_of(value, place))
            case "payload" | "item":
                for index, comparison in enumerate(value):
                    yield from _payload(comparison, f"{place}/{index}", of_item=name == "item")
            case _:
                yield from _comparisons(Attribute(name), value, place)


def _payload(given: PayloadComparison, pointer: str, *, of_item: bool) -> Iterator[Condition]:
    compared = read_compared_path(given.path, f"{pointer}/path", of_item=of_item)
    yield from of_compared(compared, tuple(_of_value(given, cast("PayloadPath", compared.field), pointer)))


def _of_value(given: PayloadComparison, path: PayloadPath, pointer: str) -> Iterator[Condition]:
    said = [part for part in _said(given, pointer, _JSON_VALUES) if part[0] != "path"]
    if not said:
        raise _says_nothing(given, pointer)
    for name, value, place in said:
        if name in OF_ONE_TYPE:
            compared = _as_time(path, f"{pointer}/path") if name == "time" else path
            yield from _comparisons(compared, value, place)
            # A value of another type would satisfy every negation, but is not meant to match.
            if any(getattr(value, negation) is not strawberry.UNSET for negation in ("ne", "nin")):
                yield OF_ONE_TYPE[name](compared)
        elif name in ItemOperator:
            yield _of_items(array_at(path, ItemOperator(name), place), ItemOperator(name), value, place)
        else:
            yield read_comparison(path, Operator(name), value, place)


def _as_time(path: PayloadPath, pointer: str) -> PayloadPath:
    if path.as_time:
        raise InvalidValue(pointer, "The path is one of a time already; leave out ::time.")
    return replace(path, as_time=True)


def _of_items(array: PayloadPath, operator: ItemOperator, given: Any, pointer: str) -> Condition:  # noqa: ANN401 - an input
    match operator:
        case ItemOperator.ANY:
            return AnyItem(array, condition_of(given, pointer))
        case ItemOperator.NONE:
            return Not(AnyItem(array, condition_of(given, pointer)))
        case ItemOperator.SIZE:
            return AllOf(tuple(_comparisons(ItemCount(array), given, pointer)))


def _comparisons(field: Field | ItemCount, given: object, pointer: str) -> Iterator[Condition]:
    said = list(_said(given, pointer))
    if not said:
        raise _says_nothing(given, pointer)
    for name, value, place in said:
        yield read_comparison(field, Operator(name), json_of(value), place)


def _says_nothing(given: object, pointer: str) -> InvalidValue:
    """Refuses a comparison without an operator, which would match every record."""
    operators = ", ".join(written for attribute in vars(given) if (written := _names(attribute)[1]) != "path")
    return InvalidValue(pointer, f"{pointer}: the comparison has no operator; the operators are {operators}.")


def _said(given: object, pointer: str, nullable: Collection[str] = ()) -> Iterator[tuple[str, Any, str]]:
    """Yields the members of an input by their names in the filter language, each with its pointer.

    Raises:
        InvalidValue: A member is null, and is not one of the nullable ones.
    """
    for attribute, value in vars(given).items():
        if value is strawberry.UNSET:
            continue
        name, written = _names(attribute)
        place = f"{pointer}/{written}"
        if value is None and name not in nullable:
            raise InvalidValue(place, f"{place}: {written} cannot be null; leave it out.")
        yield name, value, place


@cache
def _names(attribute: str) -> tuple[str, str]:
    """Returns the names of an input's field in the filter language and in GraphQL."""
    name = attribute.rstrip("_")
    first, *others = name.split("_")
    return name, first + "".join(other.title() for other in others)


def json_of(value: object) -> Json:
    """Returns what a comparison is given, as the filter language has it."""
    match value:
        case list():
            return [json_of(item) for item in cast("list[object]", value)]
        case datetime():
            return value.isoformat()
        case UUID():
            return str(value)
        case _:
            return cast("Json", value)


def _order_key(given: RecordOrder, pointer: str) -> OrderKey:
    if (given.attribute is None) is (given.payload is None):
        raise InvalidValue(pointer, "An order names either an attribute or a path in the payload.")
    field = (
        read_payload_path(given.payload or "", f"{pointer}/payload")
        if given.attribute is None
        else Attribute(given.attribute.value)
    )
    return order_key(field, pointer, descending=given.direction is OrderDirection.DESC)


_JSON_VALUES: Final = frozenset({"eq", "ne", "contains"})
"""The operators on a path in the payload that take any JSON value, including null."""
OF_ONE_TYPE: Final[Mapping[str, Callable[[PayloadPath], Condition]]] = {
    "string": lambda path: Comparison(path, Operator.GTE, ""),
    "number": lambda path: AnyOf((Comparison(path, Operator.GTE, 0), Comparison(path, Operator.LT, 0))),
    "time": lambda path: Comparison(path, Operator.EXISTS, True),
}
"""What is true of all values of a comparison's type, and of no others."""
