"""From the selections of a document to the shape of its answer."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, cast

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
    is_object_type,
)
from pydantic.alias_generators import to_camel, to_snake

from datastore_service.api.graphql.types.collections import ID_PREFIX
from datastore_service.application.fields import read_payload_path
from datastore_service.application.read.selections import Constant, Member, Selected
from datastore_service.application.views import RECORD_MEMBERS, JsonText
from datastore_service.domain.errors import InvalidValue
from datastore_service.domain.records.content import CONTENT_MEMBERS
from datastore_service.library_internals.graphql_core import FieldDetailsList, FragmentDetails, collect_subfields


class NotCompiled(Exception):
    """The document, or this request for it, is left to Strawberry."""


_CONTENT: Final = map(to_camel, CONTENT_MEMBERS)

READ: Final[Mapping[str, frozenset[str]]] = {
    "Record": frozenset(map(to_camel, RECORD_MEMBERS)),
    "RecordConnection": frozenset({"edges", "nodes", "pageInfo", "totalCount"}),
    "RecordEdge": frozenset({"cursor", "node"}),
    "LinkConnection": frozenset({"edges", "nodes", "pageInfo", "totalCount"}),
    "LinkEdge": frozenset({"cursor", "relation", "createdAt", "node"}),
    "RevisionConnection": frozenset({"edges", "nodes", "pageInfo"}),
    "RevisionEdge": frozenset({"cursor", "node"}),
    "Revision": frozenset(
        {"recordId", "collection", "version", "operation", *_CONTENT, "actor", "correlationId", "at"}
    ),
    "Collection": frozenset({"id", "name", "schema", "version", "createdAt", "updatedAt"}),
    "CollectionConnection": frozenset({"edges", "nodes", "pageInfo"}),
    "CollectionEdge": frozenset({"cursor", "node"}),
    "PageInfo": frozenset({"hasNextPage", "hasPreviousPage", "startCursor", "endCursor"}),
    "RecordPayload": frozenset({"record", "userErrors"}),
    "ReplaceRecordPayload": frozenset({"record", "created", "userErrors"}),
    "DeleteRecordPayload": frozenset({"id", "userErrors"}),
    "ApplyBatchPayload": frozenset({"results", "userErrors"}),
    "BatchResult": frozenset({"id", "created", "record"}),
    "UserError": frozenset({"code", "message", "path", "currentVersion"}),
}
"""The fields of each type that can be read at once; only a record's payload may be given an argument, its path."""


_LINKS: Final = frozenset({"relation", "first", "after", "last", "before"})

NESTED: Final[Mapping[str, Mapping[str, frozenset[str]]]] = {
    "Record": {"links": _LINKS, "backlinks": _LINKS, "revisions": frozenset({"first", "after"})}
}
"""The fields of each type that have queries of their own, and the arguments of these that are known here."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A field below the root that has a query of its own.

    Attributes:
        node: Where it stands in the document; its arguments are there.
        definition: The field itself.
        shape: How it is answered.
    """

    node: FieldNode
    definition: GraphQLField
    shape: Selected


@dataclass(frozen=True, slots=True)
class Selections:
    """One field of an operation, as it is with certain values of the variables in the operation's conditions.

    Attributes:
        nested: What was found below it so far that has a query of its own; the queries are counted from 1.
    """

    schema: GraphQLSchema
    operation: OperationDefinitionNode
    fragments: Mapping[str, FragmentDetails]
    variables: VariableValues
    nested: list[Asked] = field(default_factory=list["Asked"])

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
        if name in NESTED.get(parent.name, {}):
            return self._asked(parent, key, field)
        if name not in READ.get(parent.name, ()):
            raise NotCompiled
        if (parent.name, name) == ("Record", "payload"):
            return Selected(key, name, path=self._path(parent.fields[name], node))
        if node.arguments:
            raise NotCompiled
        if (parent.name, name) == ("Collection", "id"):
            return Selected(key, "name", prefix=ID_PREFIX)
        below = cast("GraphQLNamedType", get_named_type(parent.fields[name].type))
        return self.shape(key, to_snake(name), below, field) if is_object_type(below) else Selected(key, to_snake(name))

    def _path(self, field: GraphQLField, node: FieldNode) -> tuple[str, ...]:
        try:
            path: str | None = get_argument_values(field, node, self.variables).get("path")
            return () if path is None else read_payload_path(path, "/path").steps
        except (GraphQLError, InvalidValue) as refusal:
            raise NotCompiled from refusal

    def _asked(self, parent: GraphQLObjectType, key: str, field: FieldDetailsList) -> Selected:
        node = field[0].node
        name, definition = node.name.value, parent.fields[node.name.value]
        if not NESTED[parent.name][name].issuperset(argument.name.value for argument in node.arguments or ()):
            raise NotCompiled
        kind = cast("GraphQLObjectType", get_named_type(definition.type))
        # Its place is taken before those of the fields below it are.
        place = len(self.nested)
        empty = Selected(key, name)
        self.nested.append(Asked(node, definition, empty))
        shape = replace(self.shape(key, name, kind, field), asks=place + 1)
        self.nested[place] = Asked(node, definition, shape)
        return shape


def type_name(key: str, kind: GraphQLObjectType) -> Constant:
    """Returns what `__typename` is answered with."""
    return Constant(key, JsonText(f'"{kind.name}"'))
