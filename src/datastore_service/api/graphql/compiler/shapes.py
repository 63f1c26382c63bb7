"""Turns the selections of a document into the shape of its response."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

from graphql import (
    FieldNode,
    GraphQLError,
    GraphQLField,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    VariableValues,
    get_argument_values,
    get_named_type,
    is_leaf_type,
    is_object_type,
)
from pydantic.alias_generators import to_snake

from datastore_service.api.graphql.compiled_fields import Member, NestedQuery, NotCompiled, declaration_of
from datastore_service.application.fields import read_payload_path
from datastore_service.application.read.selections import Constant, Selected
from datastore_service.application.views import JsonText
from datastore_service.domain.errors import InvalidValue
from datastore_service.library_internals.graphql_core import FieldDetailsList, FragmentDetails, collect_subfields


@dataclass(frozen=True, slots=True)
class Asked:
    """A field below the root with a query of its own.

    Attributes:
        node: The field in the document, with its arguments.
        definition: The definition of the field.
        query: The query that reads it.
        shape: The shape of its value.
    """

    node: FieldNode
    definition: GraphQLField
    query: NestedQuery
    shape: Selected


@dataclass(frozen=True, slots=True)
class Selections:
    """One field of an operation, for certain values of the variables in the operation's conditions.

    Attributes:
        nested: The fields below it that have queries of their own, as far as found; their queries are numbered from 1.
    """

    schema: GraphQLSchema
    operation: OperationDefinitionNode
    fragments: Mapping[str, FragmentDetails]
    variables: VariableValues
    nested: list[Asked] = field(default_factory=list["Asked"])

    def shape(self, key: str, name: str, kind: GraphQLObjectType, field: FieldDetailsList) -> Selected:
        """Returns the shape of a field whose value, or whose items, are of a type.

        Raises:
            NotCompiled: It contains something that is not supported.
        """
        collected = collect_subfields(self.schema, dict(self.fragments), self.variables, self.operation, kind, field)
        members = tuple(self._member(kind, below, found) for below, found in collected.grouped_field_set.items())
        return Selected(key, name, members)

    def _member(self, parent: GraphQLObjectType, key: str, field: FieldDetailsList) -> Constant | Selected:
        node = field[0].node
        name = node.name.value
        if name == "__typename":
            return type_name(key, parent)
        definition = parent.fields[name]
        match declaration_of(definition):
            case NestedQuery() as query:
                return self._asked(query, key, definition, field)
            case Member() as member:
                return self._selected(member, key, definition, field)
            case _:
                raise NotCompiled

    def _selected(self, member: Member, key: str, definition: GraphQLField, field: FieldDetailsList) -> Selected:
        node, below = field[0].node, type_below(definition)
        name = member_name(member, node.name.value)
        if member.has_path:
            return Selected(key, name, path=self._path(definition, node))
        if is_object_type(below) and not node.arguments:
            return self.shape(key, name, below, field)
        if is_leaf_type(below) and not node.arguments:
            return Selected(key, name, prefix=member.prefix)
        raise NotCompiled

    def _path(self, field: GraphQLField, node: FieldNode) -> tuple[str, ...]:
        try:
            path: str | None = get_argument_values(field, node, self.variables).get("path")
            return () if path is None else read_payload_path(path, "/path").steps
        except (GraphQLError, InvalidValue) as refusal:
            raise NotCompiled from refusal

    def _asked(self, query: NestedQuery, key: str, definition: GraphQLField, field: FieldDetailsList) -> Selected:
        node, kind = field[0].node, cast("GraphQLObjectType", type_below(definition))
        name = node.name.value
        # Its number comes before those of the fields below it.
        place = len(self.nested)
        asked = Asked(node, definition, query, Selected(key, name))
        self.nested.append(asked)
        shape = replace(self.shape(key, name, kind, field), asks=place + 1)
        self.nested[place] = replace(asked, shape=shape)
        return shape


def member_name(member: Member, field: str) -> str:
    """Returns the application's name of a member for the field of this name."""
    return member.name or to_snake(field)


def type_below(field: GraphQLField) -> GraphQLNamedType:
    """Returns the type of a field's value, or of its items."""
    return cast("GraphQLNamedType", get_named_type(cast("Any", field).type))


def type_name(key: str, kind: GraphQLObjectType) -> Constant:
    """Returns the value of `__typename`."""
    return Constant(key, JsonText(f'"{kind.name}"'))
