"""An operation of a document, and what it is compiled with."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from graphql import GraphQLObjectType, GraphQLSchema, OperationDefinitionNode, VariableValues

from datastore_service.api.graphql.compiler.arguments import Arguments
from datastore_service.api.graphql.compiler.shapes import Selections
from datastore_service.application.read.cursors import CursorSigner
from datastore_service.config.settings import GraphQLSettings, LimitSettings
from datastore_service.library_internals.graphql_core import FieldDetailsList, FragmentDetails, collect_fields


@dataclass(frozen=True, slots=True)
class Compilation:
    """The inputs of every compilation."""

    schema: GraphQLSchema
    arguments: Arguments
    graphql: GraphQLSettings
    limits: LimitSettings
    cursors: CursorSigner


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation of a valid document."""

    made: Compilation
    node: OperationDefinitionNode
    fragments: Mapping[str, FragmentDetails]

    @property
    def root(self) -> GraphQLObjectType:
        """The type of its root."""
        return cast("GraphQLObjectType", self.made.schema.get_root_type(self.node.operation))

    def fields(self, variables: VariableValues) -> Mapping[str, FieldDetailsList]:
        """Returns the root fields by key, for these values of the variables in the operation's conditions."""
        fragments = dict(self.fragments)
        return collect_fields(self.made.schema, fragments, variables, self.root, self.node).grouped_field_set

    def selections(self, variables: VariableValues) -> Selections:
        """Returns the compiler of one root field's selections."""
        return Selections(self.made.schema, self.node, self.fragments, variables)
