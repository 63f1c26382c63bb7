"""The arguments of a field as its resolver is given them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import strawberry
from graphql import FieldNode, GraphQLField
from graphql.execution.values import VariableValues, get_argument_values
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import convert_arguments


@dataclass(frozen=True, slots=True)
class Arguments:
    """Makes Strawberry's inputs of the values that graphql-core has coerced."""

    schema: strawberry.Schema

    def of(self, field: GraphQLField, node: FieldNode, variables: VariableValues | None) -> Mapping[str, Any]:
        """Returns the arguments that are given, by the names that the resolver has for them.

        Raises:
            GraphQLError: One cannot be read.
        """
        given = get_argument_values(field, node, variables)
        known = field.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].arguments
        converter = self.schema.schema_converter
        return convert_arguments(given, known, converter.scalar_registry, self.schema.config)
