"""One schema of what the service itself has and of what the typed collections of one moment add."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import strawberry
from graphql import (
    GraphQLAbstractType,
    GraphQLField,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLSchema,
)

from datastore_service.api.graphql.compiler.inputs import converter
from datastore_service.api.graphql.context import Context
from datastore_service.api.graphql.typed.conditions import ReadUntyped
from datastore_service.api.graphql.typed.mutations import MutationFields
from datastore_service.api.graphql.typed.outputs import OutputTypes
from datastore_service.api.graphql.typed.roots import RootFields
from datastore_service.api.graphql.typed.shared import SharedTypes
from datastore_service.api.graphql.types.records import Record
from datastore_service.application.read.ports.typed_collections import TypedEntry
from datastore_service.library_internals.strawberry import arguments_of, core_schema, without_definition

_NODES: Final = "typed_nodes"
"""The extension of a schema that says which type `node` has for the records of a collection."""


def merged_schema(schema: strawberry.Schema, entries: Sequence[TypedEntry]) -> GraphQLSchema:
    """Returns the schema with the types and the root fields of typed collections.

    Args:
        schema: That of the service without typed collections.
        entries: The collections; no two of them, and none of them and the service, have a name in common.
    """
    core = core_schema(schema)
    query = cast("GraphQLObjectType", core.query_type)
    of_records = {argument.python_name: argument for argument in arguments_of(query.fields["records"])}
    untyped = cast("ReadUntyped", converter(of_records["filter"].type, schema))
    shared = SharedTypes(core)
    outputs = OutputTypes(shared)
    roots = RootFields(shared, outputs, untyped)
    mutations = MutationFields(shared, outputs.made)
    for entry in entries:
        outputs.add(entry.collection)
        roots.add(entry)
        mutations.add(entry)
    nodes = {entry.name: entry.collection.root.name for entry in entries if entry.collection.api.node == "typed"}
    fields = {**query.fields, **roots.made}
    if nodes:
        # The compiler knows the type of a node without reading it, and knows no typed records.
        fields |= {name: without_definition(query.fields[name]) for name in ("node", "nodes")}
    mutation = cast("GraphQLObjectType", core.mutation_type)
    made_anew = (query.name, mutation.name)
    core_types = [kind for name, kind in core.type_map.items() if name not in made_anew and not name.startswith("__")]
    return GraphQLSchema(
        query=_root(query, fields),
        mutation=_root(mutation, {**mutation.fields, **mutations.made}),
        subscription=core.subscription_type,
        types=[*core_types, *outputs.made.values()],
        directives=core.directives,
        description=core.description,
        extensions={**core.extensions, _NODES: nodes},
        assume_valid=True,
    )


def _root(core: GraphQLObjectType, fields: Mapping[str, GraphQLField]) -> GraphQLObjectType:
    return GraphQLObjectType(core.name, dict(fields), description=core.description, extensions=core.extensions)


def resolve_typed_nodes(core: GraphQLSchema) -> None:
    """Has the interface `Node` find the types of typed records in the schema that a document is executed with."""
    node: Any = core.type_map["Node"]
    resolve = node.resolve_type

    def resolve_type(value: object, info: GraphQLResolveInfo[Any], kind: GraphQLAbstractType) -> Any:  # noqa: ANN401 - as the resolver
        nodes: Mapping[str, str] = info.schema.extensions.get(_NODES, {})
        typed = nodes.get(value.collection) if isinstance(value, Record) else None
        if typed:
            cast("Context", info.context).typed.are_read = True
        return typed or resolve(value, info, kind)

    node.resolve_type = resolve_type
