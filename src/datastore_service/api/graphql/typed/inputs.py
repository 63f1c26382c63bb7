"""The filters and orders of a typed collection: which members they have, and as which GraphQL inputs."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final, cast

from graphql import (
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
)

from datastore_service.api.graphql.typed.shared import InputType, SharedTypes
from datastore_service.domain.typed.model import (
    EnumType,
    ListOf,
    Member,
    Named,
    NamedType,
    ObjectType,
    Scalar,
    TypedCollection,
    TypeReference,
)

_SAME: Final[Mapping[str, str]] = {
    "and": "All of these filters hold.",
    "or": "At least one of these filters holds.",
    "not": "This filter does not hold.",
}


class InputTypes:
    """Makes the filters and orders of one collection.

    Attributes:
        made: The types by their names; collections may share some.
    """

    def __init__(
        self,
        collection: TypedCollection,
        shared: SharedTypes,
        outputs: Mapping[str, GraphQLNamedType],
        made: dict[str, GraphQLInputObjectType],
    ) -> None:
        self._collection = collection
        self._types = collection.types
        self._shared = shared
        self._outputs = outputs
        self._is_compared = partial(_is_compared, types=collection.types)
        self._has_order = partial(_has_order, types=collection.types)
        self._compared = _types_with(collection.types, self._is_compared)
        self._ordered = _types_with(collection.types, self._has_order)
        self.made = made

    def filter(self) -> GraphQLInputObjectType:
        """Returns the filter of a collection's records."""
        known = self._shared.core("RecordFilter", GraphQLInputObjectType).fields
        return self._filter(
            self._collection.root,
            {
                "id": known["id"],
                "meta": GraphQLInputField(self._shared.meta_filter, description=self._shared.meta.description),
                "payload": known["payload"],
            },
        )

    def order(self) -> GraphQLInputObjectType:
        """Returns the keys of orders of a collection's records."""
        return self._order(
            self._collection.root,
            {
                "id": GraphQLInputField(self._shared.direction, description="Its id."),
                "meta": GraphQLInputField(self._shared.meta_order, description=self._shared.meta.description),
            },
        )

    def _filter(self, kind: ObjectType, more: Mapping[str, GraphQLInputField]) -> GraphQLInputObjectType:
        name = f"{kind.name}Filter"
        if name in self.made:
            return self.made[name]

        def fields() -> Mapping[str, GraphQLInputField]:
            itself: InputType = self.made[name]
            several = GraphQLList(GraphQLNonNull(itself))
            return {
                **{
                    each: GraphQLInputField(itself if each == "not" else several, description=what)
                    for each, what in _SAME.items()
                },
                **more,
                **{
                    str(member.name): GraphQLInputField(self._comparison(member), description=member.description)
                    for member in _members(kind, self._compared, self._is_compared)
                },
            }

        about = f"Conditions on {kind.name}; all of them must hold."
        self.made[name] = made = GraphQLInputObjectType(name, fields, description=about)
        _ = made.fields
        return made

    def _order(self, kind: ObjectType, more: Mapping[str, GraphQLInputField]) -> GraphQLInputObjectType:
        name = f"{kind.name}Order"
        if name in self.made:
            return self.made[name]

        def fields() -> Mapping[str, GraphQLInputField]:
            members = {
                str(member.name): GraphQLInputField(self._key(member), description=member.description)
                for member in _members(kind, self._ordered, self._has_order)
            }
            return {**more, **members}

        about = "A key of an order: exactly one of these."
        self.made[name] = made = GraphQLInputObjectType(name, fields, description=about, is_one_of=True)
        _ = made.fields
        return made

    def _comparison(self, member: Member) -> InputType:
        match member.type:
            case Scalar():
                return self._shared.comparison(member.type)
            case ListOf(item=Scalar() as item):
                return self._shared.items(item)
            case ListOf(item=Named(name)):
                return self._items(name)
            case Named(name):
                return self._of_named(name)
            case ListOf():
                raise AssertionError(member)

    def _key(self, member: Member) -> InputType:
        if isinstance(member.type, Named) and isinstance(kind := self._types[member.type.name], ObjectType):
            return self._order(kind, {})
        return self._shared.direction

    def _of_named(self, name: str) -> GraphQLInputObjectType:
        kind = self._types[name]
        if isinstance(kind, ObjectType):
            return self._filter(kind, {})
        called = f"{name}Comparison"
        if called not in self.made:
            values = cast("GraphQLEnumType", self._outputs[name])
            self.made[called] = self._shared.compared(called, values, "a value of an enumeration")
        return self.made[called]

    def _items(self, name: str) -> GraphQLInputObjectType:
        called = f"{name}Items"
        if called not in self.made:
            values = self._outputs[name] if isinstance(self._types[name], EnumType) else None
            self.made[called] = self._shared.items_input(called, self._of_named(name), values)
        return self.made[called]


type _IsTaken = Callable[[TypeReference, frozenset[str]], bool]
"""Tells whether inputs have members of a type, given the objects that inputs have."""


def _is_compared(kind: TypeReference, objects: frozenset[str], types: Mapping[str, NamedType]) -> bool:
    """Tells whether there are conditions on values of a type."""
    return _has_order(kind.item if isinstance(kind, ListOf) else kind, objects, types)


def _has_order(kind: TypeReference, objects: frozenset[str], types: Mapping[str, NamedType]) -> bool:
    """Tells whether there is an order by values of a type."""
    match kind:
        case Scalar():
            return kind is not Scalar.JSON
        case ListOf():
            return False
        case Named(name):
            return name in objects or isinstance(types[name], EnumType)


def _types_with(types: Mapping[str, NamedType], is_taken: _IsTaken) -> frozenset[str]:
    """Returns the objects that have such a member, at any depth; objects may be around themselves."""
    objects = [kind for kind in types.values() if isinstance(kind, ObjectType)]
    found = frozenset[str]()
    while True:
        known = found | {kind.name for kind in objects if any(_members(kind, found, is_taken))}
        if known == found:
            return found
        found = known


def _members(kind: ObjectType, objects: frozenset[str], is_taken: _IsTaken) -> Iterator[Member]:
    return (
        member
        for member in kind.members
        if member.name is not None and member.filterable and is_taken(member.type, objects)
    )
