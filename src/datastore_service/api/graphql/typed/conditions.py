"""The conditions and orders that typed filters and orders express: those that the same untyped ones would."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from pydantic.alias_generators import to_snake

from datastore_service.api.graphql.types.filters import (
    OF_ONE_TYPE,
    OrderDirection,
    RecordFilter,
    condition_of,
    json_of,
)
from datastore_service.application.fields import Attribute, PayloadPath
from datastore_service.application.read.criteria.comparisons import read_comparison
from datastore_service.application.read.criteria.conditions import (
    AllOf,
    AnyItem,
    AnyOf,
    Comparison,
    Condition,
    ItemCount,
    Not,
    Operator,
)
from datastore_service.application.read.criteria.orders import Order, OrderKey, order_key
from datastore_service.domain.errors import InvalidValue
from datastore_service.domain.json_value import Json
from datastore_service.domain.typed.model import (
    ListOf,
    Member,
    Named,
    ObjectType,
    Scalar,
    TypedCollection,
    TypeReference,
)

type Given = Mapping[str, Any]
"""An input as graphql-core gives it to a resolver."""

type ReadUntyped = Callable[[Given], RecordFilter]
"""Returns the untyped filter with these members."""

_OF_RECORDS: Final = ("id", "payload")
_ITEM: Final = PayloadPath()
"""Where an item of an array is to the conditions on it."""


@dataclass(frozen=True, slots=True)
class TypedCriteria:
    """Reads the filters and orders of one collection."""

    collection: TypedCollection
    untyped: ReadUntyped

    def condition(self, given: Given) -> Condition:
        """Returns the condition that a filter expresses.

        Raises:
            InvalidValue: The filter is invalid; the pointer leads to the bad part of the argument.
        """
        return AllOf(tuple(self._parts(self.collection.root, (), given, "/filter", is_record=True)))

    def order(self, given: Sequence[Given]) -> Order:
        """Returns the order.

        Raises:
            InvalidValue: There is no such order.
        """
        return tuple(self._key(key, f"/orderBy/{index}") for index, key in enumerate(given))

    def _parts(
        self, kind: ObjectType, path: tuple[str, ...], given: Given, pointer: str, *, is_record: bool
    ) -> Iterator[Condition]:
        for name, value in given.items():
            place = f"{pointer}/{name}"
            if value is None:
                raise InvalidValue(place, f"{place}: {name} cannot be null; leave it out.")
            match name:
                case "and" | "or":
                    parts = tuple(
                        AllOf(tuple(self._parts(kind, path, part, f"{place}/{index}", is_record=is_record)))
                        for index, part in enumerate(cast("Sequence[Given]", value))
                    )
                    yield AllOf(parts) if name == "and" else AnyOf(parts)
                case "not":
                    yield Not(AllOf(tuple(self._parts(kind, path, value, place, is_record=is_record))))
                case "meta" if is_record:
                    yield condition_of(self.untyped(value), place)
                case _ if is_record and name in _OF_RECORDS:
                    yield condition_of(self.untyped({name: value}), pointer)
                case _:
                    yield from self._member(_called(kind, name), path, value, place)

    def _member(self, member: Member, path: tuple[str, ...], given: Given, pointer: str) -> Iterator[Condition]:
        field = PayloadPath((*path, member.key))
        if isinstance(member.type, ListOf):
            yield from self._items(field, member.type.item, given, pointer)
        else:
            yield from self._value(field, member.type, given, pointer)

    def _value(self, field: PayloadPath, kind: TypeReference, given: Given, pointer: str) -> Iterator[Condition]:
        inner = self.collection.types[kind.name] if isinstance(kind, Named) else None
        if isinstance(inner, ObjectType):
            yield from self._parts(inner, field.steps, given, pointer, is_record=False)
        else:
            _check_operators(given, pointer)
            yield from _scalar(field, kind, given, pointer)

    def _items(self, field: PayloadPath, item: TypeReference, given: Given, pointer: str) -> Iterator[Condition]:
        _check_operators(given, pointer)
        for name, value in given.items():
            place = f"{pointer}/{name}"
            match name:
                case "any":
                    yield AnyItem(field, AllOf(tuple(self._value(_ITEM, item, value, place))))
                case "none":
                    yield Not(AnyItem(field, AllOf(tuple(self._value(_ITEM, item, value, place)))))
                case "size":
                    _check_operators(value, place)
                    yield from _comparisons(ItemCount(field), value, place)
                case _:
                    yield _within(field, name, cast("list[Json]", json_of(value)), place)
                    yield Comparison(field, Operator.CONTAINS, [])

    def _key(self, given: Given, pointer: str) -> OrderKey:
        kind, path = self.collection.root, ()
        while True:
            ((name, value),) = given.items()
            pointer = f"{pointer}/{name}"
            if kind is self.collection.root and not path and name in ("id", "meta"):
                if name == "meta":
                    ((name, value),) = value.items()
                return order_key(Attribute(to_snake(name)), pointer, descending=value is OrderDirection.DESC)
            member = _called(kind, name)
            path = (*path, member.key)
            inner = self.collection.types[member.type.name] if isinstance(member.type, Named) else None
            if isinstance(inner, ObjectType):
                kind, given = inner, value
                continue
            field = PayloadPath(path, as_time=member.type is Scalar.TIMESTAMP)
            return order_key(field, pointer, descending=value is OrderDirection.DESC)


def _called(kind: ObjectType, name: str) -> Member:
    return next(member for member in kind.members if member.name == name)


def _check_operators(given: Given, pointer: str) -> None:
    if not given:
        raise InvalidValue(pointer, f"{pointer}: the comparison has no operator; give at least one.")
    for name, value in given.items():
        if value is None:
            raise InvalidValue(f"{pointer}/{name}", f"{pointer}/{name}: {name} cannot be null; leave it out.")


def _comparisons(field: PayloadPath | ItemCount, given: Given, pointer: str) -> Iterator[Condition]:
    for name, value in given.items():
        yield read_comparison(field, Operator(to_snake(name)), json_of(value), f"{pointer}/{name}")


def _scalar(field: PayloadPath, kind: object, given: Given, pointer: str) -> Iterator[Condition]:
    if kind is Scalar.TIMESTAMP:
        field = PayloadPath(field.steps, as_time=True)
    yield from _comparisons(field, given, pointer)
    # A record without a value would satisfy every negation, but is not meant to match.
    if "ne" in given or "nin" in given:
        yield _any_value(field, kind)


def _any_value(field: PayloadPath, kind: object) -> Condition:
    match kind:
        case Scalar.BOOLEAN:
            return Comparison(field, Operator.IN, [False, True])
        case Scalar.INT | Scalar.INTEGER | Scalar.NUMBER:
            return OF_ONE_TYPE["number"](field)
        case Scalar.TIMESTAMP:
            return OF_ONE_TYPE["time"](field)
        case _:
            return OF_ONE_TYPE["string"](field)


def _within(field: PayloadPath, name: str, items: list[Json], pointer: str) -> Condition:
    if name == "contains":
        return read_comparison(field, Operator.CONTAINS, items, pointer)
    any_of = AnyOf(
        tuple(
            read_comparison(field, Operator.CONTAINS, [item], f"{pointer}/{index}") for index, item in enumerate(items)
        )
    )
    return any_of if name == "in" else Not(any_of)
