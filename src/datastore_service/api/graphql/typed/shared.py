"""The types that all typed collections share: those of the schema without them, and a few that derive from those."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any, Final, cast

from graphql import (
    GraphQLArgument,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInt,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
)

from datastore_service.api.graphql.typed.scalars import DATE, INTEGER, TIMESTAMP
from datastore_service.domain.typed.model import COMPARISONS, Scalar

type OutputType = Any
"""A GraphQLOutputType, which leaves out the item types of lists."""

type InputType = Any
"""A GraphQLInputType, which does so too."""

_LISTS: Final = frozenset({"in", "nin"})
_EQUALITY: Final = ("eq", "ne", "in", "nin")
_WITHIN: Final[Mapping[str, str]] = {
    "contains": "All of these are among the items.",
    "in": "At least one of these is among the items.",
    "nin": "None of these is among the items.",
}


class SharedTypes:
    """Finds the types by their names, and makes those that the schema does not have."""

    def __init__(self, core: GraphQLSchema) -> None:
        self._core = core

    def core[T: GraphQLNamedType](self, name: str, _: type[T]) -> T:
        """Returns a type of the schema without typed collections."""
        return cast("T", self._core.type_map[name])

    def field(self, owner: str, name: str, kind: OutputType = None) -> GraphQLField:
        """Returns a copy of a field of an object, with another type if that is given."""
        field = self.core(owner, GraphQLObjectType).fields[name]
        return GraphQLField(
            kind or field.type,
            args=field.args,
            resolve=field.resolve,
            description=field.description,
            deprecation_reason=field.deprecation_reason,
            extensions=field.extensions,
        )

    def arguments(self, field: str, names: Iterable[str]) -> dict[str, GraphQLArgument]:
        """Returns some of the arguments of a field of `Query`."""
        known = self.core("Query", GraphQLObjectType).fields[field].args
        return {name: known[name] for name in names}

    def scalar(self, kind: Scalar) -> OutputType:
        """Returns a scalar."""
        return self._scalars[kind]

    def comparison(self, kind: Scalar) -> GraphQLInputObjectType:
        """Returns the input that the values of a scalar are compared with; there is none for JSON."""
        return self._comparisons[COMPARISONS[kind]]

    def items(self, kind: Scalar) -> GraphQLInputObjectType:
        """Returns the input that the items of an array of scalars are compared with."""
        return self._items[COMPARISONS[kind]]

    @property
    def direction(self) -> GraphQLEnumType:
        """The directions of orders."""
        return self.core("OrderDirection", GraphQLEnumType)

    @cached_property
    def _scalars(self) -> Mapping[Scalar, Any]:
        own = {Scalar.INTEGER: INTEGER, Scalar.DATE: DATE, Scalar.TIMESTAMP: TIMESTAMP}
        given = {Scalar.BOOLEAN: GraphQLBoolean, Scalar.INT: GraphQLInt, Scalar.STRING: GraphQLString}
        return {kind: own.get(kind) or given.get(kind) or self._core.type_map[kind] for kind in Scalar}

    @cached_property
    def _comparisons(self) -> Mapping[str, GraphQLInputObjectType]:
        own = {
            "BooleanComparison": self.compared("BooleanComparison", GraphQLBoolean, "a boolean", ("eq", "ne")),
            "IntComparison": self._ordered("IntComparison", GraphQLInt, "an integer of 32 bits"),
            "IntegerComparison": self._ordered("IntegerComparison", INTEGER, "an integer, compared exactly"),
            "DateComparison": self._ordered("DateComparison", DATE, "a date"),
        }
        return {name: own.get(name) or self.core(name, GraphQLInputObjectType) for name in COMPARISONS.values()}

    @cached_property
    def _items(self) -> Mapping[str, GraphQLInputObjectType]:
        return {
            comparison: self.items_input(
                f"{comparison.removesuffix('Comparison')}Items",
                self.comparison(kind),
                # Two texts may be one time, and these operators compare texts.
                None if kind is Scalar.TIMESTAMP else self.scalar(kind),
            )
            for kind, comparison in COMPARISONS.items()
        }

    @cached_property
    def meta(self) -> GraphQLObjectType:
        """What the service itself keeps of each record."""
        names = ("version", "tags", "createdAt", "updatedAt", "deletedAt", "collection")
        return GraphQLObjectType(
            "RecordMeta",
            {name: self.field("Record", name) for name in names},
            description="What the service itself keeps of a record.",
        )

    @cached_property
    def meta_filter(self) -> GraphQLInputObjectType:
        """Conditions on that."""
        known = self.core("RecordFilter", GraphQLInputObjectType).fields
        return GraphQLInputObjectType(
            "RecordMetaFilter",
            {name: known[name] for name in ("version", "tags", "createdAt", "updatedAt")},
            description="Conditions on what the service itself keeps of a record; all of them must hold.",
        )

    @cached_property
    def meta_order(self) -> GraphQLInputObjectType:
        """Orders by that."""
        return GraphQLInputObjectType(
            "RecordMetaOrder",
            {name: GraphQLInputField(self.direction) for name in ("version", "createdAt", "updatedAt")},
            description="A key of an order: exactly one of these.",
            is_one_of=True,
        )

    def compared(
        self, name: str, kind: InputType, what: str, operators: Iterable[str] = _EQUALITY
    ) -> GraphQLInputObjectType:
        """Makes an input of comparisons, with some of the operators of numbers."""
        known = self.core("NumberComparison", GraphQLInputObjectType).fields
        fields = {
            operator: GraphQLInputField(
                GraphQLList(GraphQLNonNull(kind)) if operator in _LISTS else kind,
                description=known[operator].description,
            )
            for operator in operators
        }
        return GraphQLInputObjectType(name, fields, description=f"Conditions on {what}.")

    def _ordered(self, name: str, kind: InputType, what: str) -> GraphQLInputObjectType:
        return self.compared(name, kind, what, self.core("NumberComparison", GraphQLInputObjectType).fields)

    def items_input(
        self, name: str, part: GraphQLInputObjectType, kind: InputType | None = None
    ) -> GraphQLInputObjectType:
        """Makes the input of conditions on the items of an array.

        Args:
            name: What it is called.
            part: The conditions on one item.
            kind: The type of the items if arrays can contain them as they are written.
        """
        values: InputType = None if kind is None else GraphQLList(GraphQLNonNull(kind))
        told = [] if kind is None else [*_WITHIN.items()]
        known = self.core("PayloadComparison", GraphQLInputObjectType).fields
        return GraphQLInputObjectType(
            name,
            {
                **{operator: GraphQLInputField(values, description=what) for operator, what in told},
                "any": GraphQLInputField(part, description="At least one item satisfies this."),
                "none": GraphQLInputField(part, description="No item satisfies this, or there is no array."),
                "size": GraphQLInputField(self._comparisons["IntComparison"], description=known["size"].description),
            },
            description="Conditions on the items of an array; all of them must hold.",
        )
