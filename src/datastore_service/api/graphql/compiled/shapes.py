"""From the selections of a document to the shape of its answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from graphql import (
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    get_named_type,
    is_object_type,
)
from graphql.execution.collect_fields import FieldDetailsList, FragmentDetails, collect_subfields
from graphql.execution.values import VariableValues
from pydantic.alias_generators import to_snake

from datastore_service.api.graphql.collection_types import ID_PREFIX
from datastore_service.application.selections import Constant, Member, Selected
from datastore_service.application.views import JsonText


class NotCompiled(Exception):
    """The document, or this request for it, is left to Strawberry."""


READ: Final[Mapping[str, frozenset[str]]] = {
    "Record": frozenset({"id", "collection", "version", "payload", "tags", "createdAt", "updatedAt"}),
    "RecordConnection": frozenset({"edges", "nodes", "pageInfo", "totalCount"}),
    "RecordEdge": frozenset({"cursor", "node"}),
    "Collection": frozenset({"id", "name", "schema", "version", "createdAt", "updatedAt"}),
    "CollectionConnection": frozenset({"edges", "nodes", "pageInfo"}),
    "CollectionEdge": frozenset({"cursor", "node"}),
    "PageInfo": frozenset({"hasNextPage", "hasPreviousPage", "startCursor", "endCursor"}),
}
"""The fields of each type that can be read at once, as long as they are given no arguments."""


@dataclass(frozen=True, slots=True)
class Selections:
    """One operation, as it is with certain values of the variables in its conditions."""

    schema: GraphQLSchema
    operation: OperationDefinitionNode
    fragments: Mapping[str, FragmentDetails]
    variables: VariableValues

    def shape(self, key: str, name: str, kind: GraphQLObjectType, field: FieldDetailsList) -> Selected:
        """Returns the shape of a field whose value, or whose items, are of a type.

        Raises:
            NotCompiled: Something in it is not known here.
        """
        collected = collect_subfields(self.schema, dict(self.fragments), self.variables, self.operation, kind, field)
        members = tuple(self._member(kind, below, found) for below, found in collected.grouped_field_set.items())
        return Selected(key, name, members)

    def _member(self, parent: GraphQLObjectType, key: str, field: FieldDetailsList) -> Member:
        node = field[0].node
        name = node.name.value
        if name == "__typename":
            return type_name(key, parent)
        if name not in READ.get(parent.name, ()) or node.arguments:
            raise NotCompiled
        if (parent.name, name) == ("Collection", "id"):
            return Selected(key, "name", prefix=ID_PREFIX)
        below = cast("GraphQLNamedType", get_named_type(parent.fields[name].type))
        return self.shape(key, to_snake(name), below, field) if is_object_type(below) else Selected(key, to_snake(name))


def type_name(key: str, kind: GraphQLObjectType) -> Constant:
    """Returns what `__typename` is answered with."""
    return Constant(key, JsonText(f'"{kind.name}"'))
