"""Typed collections as GraphQL, OpenAPI and the rules need them. Types name each other, as they may be recursive."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Literal

from datastore_service.domain.json_value import Json

_NOT_COMPARED: Final[dict[str, Any]] = {"compare": False, "repr": False}
"""Where a type stands is no part of its structure, by which collections may share it."""


class Scalar(StrEnum):
    """The scalars, by their names in GraphQL; JSON is what has no other type."""

    BOOLEAN = "Boolean"
    INT = "Int"
    INTEGER = "Integer"
    NUMBER = "Number"
    STRING = "String"
    TIMESTAMP = "Timestamp"
    DATE = "Date"
    UUID = "UUID"
    JSON = "JSON"


COMPARISONS: Final[Mapping[Scalar, str]] = {
    Scalar.BOOLEAN: "BooleanComparison",
    Scalar.INT: "IntComparison",
    Scalar.INTEGER: "IntegerComparison",
    Scalar.NUMBER: "NumberComparison",
    Scalar.STRING: "StringComparison",
    Scalar.TIMESTAMP: "TimeComparison",
    Scalar.DATE: "DateComparison",
    Scalar.UUID: "IdComparison",
}
"""The input that a filter compares a scalar with; JSON is not compared."""


@dataclass(frozen=True, slots=True)
class Named:
    """A reference to one of `TypedCollection.types`."""

    name: str


@dataclass(frozen=True, slots=True)
class ListOf:
    """An array of values of one type."""

    item: "TypeReference"
    nullable_items: bool


type TypeReference = Scalar | Named | ListOf

type Generated = Literal["now", "uuid7", "actor"]
type IndexKind = Literal["boolean", "number", "text", "time"]
type OnTargetDeleted = Literal["restrict", "detach", "none"]
type NodeType = Literal["typed", "record"]


@dataclass(frozen=True, slots=True)
class Default:
    """A value that is put in where a member is absent; it may be null."""

    value: Json = field(hash=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """The member holds the id of a record, or an array of such ids.

    Attributes:
        collection: The collection of the target.
        forward: The name of the field that leads to the target; None if there is no such field.
        back: The name of the field of the target's type that leads back; None if there is none.
    """

    collection: str
    forward: str | None
    back: str | None
    on_delete: OnTargetDeleted


@dataclass(frozen=True, slots=True, kw_only=True)
class Unique:
    """No two live records have the same value here.

    Attributes:
        beside: The members of the same object that belong to the value.
        fold: How texts are folded before they are compared.
        nulls: Whether two nulls, or absent members, are the same.
    """

    beside: tuple[str, ...] = ()
    fold: Literal["lower"] | None = None
    nulls: Literal["distinct", "equal"] = "distinct"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A member of an object.

    Attributes:
        key: Its name in documents.
        name: Its name in GraphQL; None if it is reached through `payload` only.
        pointer: Where the schema declares it.
        nullable: Whether it may be null where it is present.
        required: Whether each document has it.
        in_output: Whether readers get it (not `writeOnly`).
        in_input: Whether writers give it (not `readOnly`).
        default: What is put in if a new document lacks it.
        generated: What the service puts in if a new document lacks it.
        immutable: Whether it may be set only once.
        deprecated: Why it is not to be used any more; None if it is not deprecated.
        filterable: Whether filters and orders may name it.
    """

    key: str
    name: str | None
    pointer: str = field(**_NOT_COMPARED)
    type: TypeReference
    nullable: bool
    required: bool
    in_output: bool = True
    in_input: bool = True
    default: Default | None = None
    generated: Generated | None = None
    immutable: bool = False
    deprecated: str | None = None
    description: str | None = field(default=None, **_NOT_COMPARED)
    filterable: bool = True
    unique: Unique | None = None
    index: IndexKind | None = None
    reference: Reference | None = None

    @property
    def nullable_in_output(self) -> bool:
        """Whether a reader may get null: an absent member is null in GraphQL."""
        return self.nullable or not self.required

    @property
    def required_in_input(self) -> bool:
        """Whether a writer of a new document has to give it."""
        return self.required and self.in_input and self.default is None and self.generated is None

    @property
    def is_scalar(self) -> bool:
        """Whether it holds one value that can be compared, and is not an enumeration."""
        return isinstance(self.type, Scalar) and self.type is not Scalar.JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectType:
    """An object: a type of output, and the inputs that derive from it."""

    name: str
    members: tuple[Member, ...]
    pointer: str = field(**_NOT_COMPARED)
    description: str | None = field(default=None, **_NOT_COMPARED)

    def member(self, key: str) -> Member | None:
        """Returns the member with this name in documents."""
        return next((member for member in self.members if member.key == key), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class EnumType:
    """An enumeration of texts.

    Attributes:
        values: The text in documents for each name in GraphQL, in the order of the schema.
    """

    name: str
    values: Mapping[str, str] = field(hash=False)
    pointer: str = field(**_NOT_COMPARED)
    description: str | None = field(default=None, **_NOT_COMPARED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One alternative of a union.

    Attributes:
        name: The member of the `@oneOf` input that stands for it.
        value: The text of the discriminator in documents.
        type: The name of its object type.
    """

    name: str
    value: str
    type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UnionType:
    """Objects of which a member, the discriminator, tells which one it is."""

    name: str
    discriminator: str
    variants: tuple[Variant, ...]
    pointer: str = field(**_NOT_COMPARED)
    description: str | None = field(default=None, **_NOT_COMPARED)


type NamedType = ObjectType | EnumType | UnionType


@dataclass(frozen=True, slots=True)
class Claim:
    """A name that a collection has.

    Attributes:
        pointer: The place in the body that sets the collection from which the name comes.
        structure: What the type is, if collections may share it (`x-type`); None if they may not.
        owner: What has the name, for a person.
    """

    pointer: str
    owner: str
    structure: str | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """What has no type of its own, and why. The pointer is into the schema."""

    pointer: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectionApi:
    """How a typed collection is called.

    Attributes:
        type: The type of its records.
        one: The root field that reads a record.
        many: The root field that reads a page of them.
        node: What `node(id:)` returns for its records: the type, or `Record`.
    """

    type: str
    one: str
    many: str
    node: NodeType = "typed"

    @classmethod
    def of(
        cls, collection: str, *, type_name: str, one: str | None = None, many: str | None = None, node: NodeType
    ) -> "CollectionApi":
        """Fills in what is not given: the type with its first letter lowered, and the collection's name."""
        default_one = type_name[:1].lower() + type_name[1:]
        return cls(type=type_name, one=one or default_one, many=many or collection, node=node)


type Path = tuple[str, ...]
"""The keys from the top of a payload to a member."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedCollection:
    """A collection with the types that its schema stands for.

    Attributes:
        root: The type of its records, without what all records have, such as `id` and `meta`.
        types: The types that members name, the root's included.
        names: All names that it claims: types as they are, root fields as `Query.person`, and the members and back
            references of a collection's records as `people/name`.
        unset: The members that may be taken away from a record, by their names in the enumeration of them.
        unique: The rules, with the paths whose values together are unique, that of the member first.
        indexes: The indexes that the schema asks for.
        references: The references. The last key of a path is an array's where the member is one.
        notes: What has no type.
    """

    name: str
    api: CollectionApi
    root: ObjectType
    types: Mapping[str, NamedType]
    names: Mapping[str, Claim]
    unset: Mapping[str, Path]
    unique: tuple[tuple[tuple[Path, ...], Unique], ...]
    indexes: Mapping[Path, IndexKind]
    references: Mapping[Path, Reference]
    notes: tuple[Note, ...]
