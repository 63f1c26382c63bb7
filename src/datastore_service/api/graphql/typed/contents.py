"""The inputs for the payloads of a typed collection: graphql-core returns them as the JSON that they stand for."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from graphql import (
    GraphQLEnumType,
    GraphQLEnumValue,
    GraphQLError,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    Undefined,
    ast_from_value,  # pyright: ignore[reportUnknownVariableType] - its types leave out the item types of lists
    coerce_input_literal,  # pyright: ignore[reportUnknownVariableType] - as above
    get_named_type,
    is_input_object_type,
)

from datastore_service.api.graphql.typed.conditions import Given
from datastore_service.api.graphql.typed.shared import InputType, SharedTypes
from datastore_service.api.graphql.types.filters import json_of
from datastore_service.domain.json_value import Json
from datastore_service.domain.typed.model import (
    EnumType,
    ListOf,
    Member,
    Named,
    NamedType,
    ObjectType,
    Path,
    Scalar,
    TypedCollection,
    TypeReference,
    UnionType,
)
from datastore_service.domain.typed.names import is_enum_value

type Assignments = tuple[tuple[Path, Json], ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """What an input of changes stands for: values by their paths, as nested objects are merged."""

    values: Assignments


class ContentTypes:
    """Makes the inputs of one collection.

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
        self._told_apart = {
            (variant.type, kind.discriminator)
            for kind in collection.types.values()
            if isinstance(kind, UnionType)
            for variant in kind.variants
        }
        self.made = made

    def new(self) -> InputType:
        """Returns the input for the payload of a new record; JSON if writers give none of its members."""
        return self._named(self._collection.root)

    def changes(self) -> InputType:
        """Returns the input that sets members of a record; None if writers give none of its members."""
        return self._changes(self._collection.root) if any(_given(self._collection.root)) else None

    def removable(self) -> InputType:
        """Returns the enumeration of the members that may be taken away; None if there are none."""
        values = {name: GraphQLEnumValue(path) for name, path in self._collection.unset.items() if is_enum_value(name)}
        name = self._collection.root.name
        about = f"A member of {name} that may be taken away; that of an object in it is joined to it by '_'."
        return GraphQLEnumType(f"{name}Field", values, description=about) if values else None

    def _changes(self, kind: ObjectType) -> GraphQLInputObjectType:
        name = f"{kind.name}Changes"
        if name not in self.made:
            self.made[name] = made = GraphQLInputObjectType(
                name,
                lambda: {str(member.name): self._change(member) for member in _given(kind)},
                description=f"The members of {kind.name} to set. Objects in it are merged, and lists are replaced.",
                out_type=_changes,
            )
            _ = made.fields
        return self.made[name]

    def _change(self, member: Member) -> GraphQLInputField:
        inner = self._types[member.type.name] if isinstance(member.type, Named) else None
        merged = self._changes(inner) if isinstance(inner, ObjectType) and any(_given(inner)) else None
        return GraphQLInputField(
            merged or self._reference(member.type),
            description=member.description,
            deprecation_reason=member.deprecated,
            out_name=member.key,
        )

    def _named(self, kind: NamedType) -> InputType:
        match kind:
            case EnumType(name=name):
                return self._outputs[name]
            case ObjectType() if not any(_given(kind)):
                return self._shared.scalar(Scalar.JSON)
            case ObjectType():
                return self._object(kind)
            case UnionType():
                return self._union(kind)

    def _object(self, kind: ObjectType) -> GraphQLInputObjectType:
        name = f"New{kind.name}"
        if name not in self.made:
            self.made[name] = made = GraphQLInputObjectType(
                name,
                lambda: {str(member.name): self._field(member, kind) for member in _given(kind)},
                description=kind.description or f"The members of {kind.name} that clients give.",
                out_type=partial(_document, _put_in(kind)),
            )
            _ = made.fields
        return self.made[name]

    def _union(self, kind: UnionType) -> GraphQLInputObjectType:
        name = f"New{kind.name}"
        if name not in self.made:
            variants = {variant.name: variant for variant in kind.variants}

            def document(given: Given) -> Json:
                [(which, members)] = given.items()
                if not isinstance(members, dict):
                    raise GraphQLError(f"{which} of {name} is an object.")
                return {kind.discriminator: variants[which].value, **cast("dict[str, Json]", members)}

            self.made[name] = made = GraphQLInputObjectType(
                name,
                lambda: {
                    which: GraphQLInputField(self._named(self._types[variant.type]))
                    for which, variant in variants.items()
                },
                description=kind.description or f"Exactly one of the alternatives of {kind.name}.",
                out_type=document,
                is_one_of=True,
            )
            _ = made.fields
        return self.made[name]

    def _field(self, member: Member, owner: ObjectType) -> GraphQLInputField:
        found = self._reference(member.type)
        is_required = (
            member.required
            and not member.nullable
            and member.default is None
            and (owner.name, member.key) not in self._told_apart
            and not self._leads_to(member.type, owner.name)
        )
        return GraphQLInputField(
            GraphQLNonNull(found) if is_required else found,
            default_value=self._default(member, found),
            description=member.description,
            deprecation_reason=None if is_required else member.deprecated,
            out_name=member.key,
        )

    def _reference(self, kind: TypeReference) -> InputType:
        match kind:
            case Scalar():
                return self._shared.scalar(kind)
            case Named(name):
                return self._named(self._types[name])
            case ListOf(item, nullable_items):
                found = self._reference(item)
                return GraphQLList(found if nullable_items else GraphQLNonNull(found))

    def _default(self, member: Member, kind: InputType) -> Any:  # noqa: ANN401 - a value, or graphql-core's mark of none
        if member.default is None or is_input_object_type(get_named_type(kind)):
            return Undefined
        return member.default.value if _is_said(member.default.value, kind) else Undefined

    def _leads_to(self, kind: TypeReference, owner: str) -> bool:
        """Tells whether values of a type may have the owner in them: GraphQL allows no circle of required inputs."""
        found, waiting = set[str](), [kind]
        while waiting:
            each = waiting.pop()
            if isinstance(each, Named) and each.name not in found:
                found.add(each.name)
                waiting.extend(_directly_in(self._types[each.name]))
        return owner in found


def place_in_input(collection: TypedCollection, steps: Sequence[str], payload: Json) -> list[str]:
    """Returns the path in the input to a place in the payload, as far as the input reaches it."""
    return [*_steps(Named(collection.root.name), collection.types, steps, payload)]


def _steps(kind: TypeReference, types: Mapping[str, NamedType], steps: Sequence[str], value: Json) -> Iterator[str]:
    found = types[kind.name] if isinstance(kind, Named) else None
    for index, step in enumerate(steps):
        if isinstance(found, UnionType):
            text = _member_of(value, found.discriminator)
            variant = next((each for each in found.variants if each.value == text), None)
            if variant is not None:
                yield variant.name
                found = types[variant.type]
        member = found.member(step) if isinstance(found, ObjectType) else None
        if member is not None and isinstance(value, dict):
            yield member.name or step
            kind, value = member.type, _member_of(value, step)
        elif isinstance(kind, ListOf) and isinstance(value, list) and step.isdecimal():
            yield step
            kind, value = kind.item, cast("list[Json]", value)[int(step)]
        else:
            yield from steps[index:]
            return
        found = types[kind.name] if isinstance(kind, Named) else None


def _member_of(value: Json, key: str) -> Json:
    return value.get(key) if isinstance(value, dict) else None


def _given(kind: ObjectType) -> Iterator[Member]:
    return (member for member in kind.members if member.name is not None and member.in_input)


def _directly_in(kind: NamedType) -> Iterator[TypeReference]:
    match kind:
        case ObjectType(members=members):
            yield from (member.type for member in members)
        case UnionType(variants=variants):
            yield from (Named(variant.type) for variant in variants)
        case EnumType():
            pass


def _put_in(kind: ObjectType) -> Mapping[str, Json]:
    """Returns the defaults of the members that the input lacks, or whose defaults it does not declare."""
    return {member.key: member.default.value for member in kind.members if member.default is not None}


def _document(put_in: Mapping[str, Json], given: Given) -> Json:
    return {**put_in, **{key: json_of(value) for key, value in given.items()}}


def _changes(given: Given) -> Changes:
    values: list[tuple[Path, Json]] = []
    for key, value in given.items():
        inner: Assignments = value.values if isinstance(value, Changes) else (((), json_of(value)),)
        values.extend(((key, *path), each) for path, each in inner)
    return Changes(tuple(values))


def _is_said(value: Json, kind: InputType) -> bool:
    """Tells whether the schema can declare a default: whether it can be written so that it is read as it was."""
    try:
        node = ast_from_value(value, kind)
    except (GraphQLError, TypeError, ValueError):
        return False
    return node is not None and json_of(coerce_input_literal(node, kind)) == value
