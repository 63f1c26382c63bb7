"""The types of output of a typed collection."""

from collections.abc import Callable, Mapping
from typing import Any, Final, cast

from graphql import (
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLUnionType,
)

from datastore_service.api.graphql.typed.shared import OutputType, SharedTypes
from datastore_service.api.graphql.typed.values import is_opaque, member_value
from datastore_service.api.graphql.types.records import Record
from datastore_service.domain.json_value import Json
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
    UnionType,
)

_OF_EACH_RECORD: Final = ("payload", "links", "backlinks", "revisions")


class OutputTypes:
    """Makes the types that records, and the values in their payloads, have.

    Attributes:
        made: The types by their names; collections may share some.
    """

    def __init__(self, shared: SharedTypes) -> None:
        self._shared = shared
        self.made: dict[str, GraphQLNamedType] = {}

    def add(self, collection: TypedCollection) -> GraphQLObjectType:
        """Makes the types of a collection, and returns that of its records."""
        for kind in collection.types.values():
            if kind.name != collection.root.name and kind.name not in self.made and not is_opaque(kind):
                self.made[kind.name] = self._named(kind, collection.types)
        record = self.made[collection.root.name] = self._record(collection)
        self._lists(collection, record)
        return record

    def _record(self, collection: TypedCollection) -> GraphQLObjectType:
        shared = self._shared

        def fields() -> Mapping[str, GraphQLField]:
            meta = GraphQLNonNull(shared.meta)
            return {
                "id": shared.field("Record", "id"),
                "meta": GraphQLField(meta, resolve=_itself, description=shared.meta.description),
                **self._members(collection.root, collection.types, of_record=True),
                **{name: shared.field("Record", name) for name in _OF_EACH_RECORD},
            }

        return GraphQLObjectType(
            collection.root.name,
            fields,
            interfaces=[shared.core("Node", GraphQLInterfaceType)],
            description=collection.root.description or f"A record of the collection {collection.name}.",
        )

    def _lists(self, collection: TypedCollection, record: GraphQLObjectType) -> None:
        shared, name = self._shared, collection.root.name
        edge = self.made[f"{name}Edge"] = GraphQLObjectType(
            f"{name}Edge",
            {"cursor": shared.field("RecordEdge", "cursor"), "node": shared.field("RecordEdge", "node", record)},
            description=shared.core("RecordEdge", GraphQLObjectType).description,
        )
        self.made[f"{name}Connection"] = GraphQLObjectType(
            f"{name}Connection",
            {
                "edges": shared.field("RecordConnection", "edges", _all_of(GraphQLNonNull(edge))),
                "nodes": shared.field("RecordConnection", "nodes", _all_of(record)),
                "pageInfo": shared.field("RecordConnection", "pageInfo"),
                "totalCount": shared.field("RecordConnection", "totalCount"),
            },
            description=shared.core("RecordConnection", GraphQLObjectType).description,
        )

    def _named(self, kind: NamedType, types: Mapping[str, NamedType]) -> GraphQLNamedType:
        match kind:
            case EnumType(name=name, values=values, description=description):
                members = {each: GraphQLEnumValue(text) for each, text in values.items()}
                return GraphQLEnumType(name, members, description=description)
            case UnionType():
                return self._union(kind)
            case ObjectType(name=name, description=description):
                return GraphQLObjectType(
                    name, lambda: self._members(kind, types, of_record=False), description=description
                )

    def _union(self, kind: UnionType) -> GraphQLUnionType:
        types = {variant.value: variant.type for variant in kind.variants}

        def resolve_type(value: Mapping[str, Json], _: object, __: object) -> str | None:
            return types.get(str(value.get(kind.discriminator)))

        return GraphQLUnionType(
            kind.name,
            lambda: [cast("GraphQLObjectType", self.made[name]) for name in dict.fromkeys(types.values())],
            resolve_type=resolve_type,
            description=kind.description,
        )

    def _members(
        self, kind: ObjectType, types: Mapping[str, NamedType], *, of_record: bool
    ) -> Mapping[str, GraphQLField]:
        return {
            member.name: GraphQLField(
                self._output(member, types),
                resolve=_resolver(member, types, of_record=of_record),
                description=member.description,
                deprecation_reason=member.deprecated,
            )
            for member in kind.members
            if member.name is not None and member.in_output
        }

    def _output(self, member: Member, types: Mapping[str, NamedType]) -> OutputType:
        found = self._reference(member.type, types)
        return found if member.nullable_in_output else GraphQLNonNull(found)

    def _reference(self, kind: TypeReference, types: Mapping[str, NamedType]) -> OutputType:
        match kind:
            case Scalar():
                return self._shared.scalar(kind)
            case Named(name):
                return self._shared.scalar(Scalar.JSON) if is_opaque(types[name]) else self.made[name]
            case ListOf(item, nullable_items):
                found = self._reference(item, types)
                return GraphQLList(found if nullable_items else GraphQLNonNull(found))


def _itself(record: Record, _: GraphQLResolveInfo[Any]) -> Record:
    return record


def _resolver(member: Member, types: Mapping[str, NamedType], *, of_record: bool) -> Callable[..., Any]:
    read = member_value(member, types)

    def of_a_record(record: Record, _: GraphQLResolveInfo[Any]) -> Any:  # noqa: ANN401 - of any type
        return read(record.document)

    def of_an_object(found: Mapping[str, Json], _: GraphQLResolveInfo[Any]) -> Any:  # noqa: ANN401 - of any type
        return read(found)

    return of_a_record if of_record else of_an_object


def _all_of(kind: OutputType) -> OutputType:
    return GraphQLNonNull(GraphQLList(kind))
