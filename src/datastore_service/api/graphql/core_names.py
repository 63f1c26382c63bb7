"""The names that GraphQL has without typed collections."""

from collections.abc import Callable
from dataclasses import dataclass

from graphql import GraphQLSchema


@dataclass(frozen=True, slots=True)
class SchemaNames:
    """Reads them from the schema, which is made later than this."""

    schema: Callable[[], GraphQLSchema]

    def all(self) -> frozenset[str]:
        found = self.schema()
        roots = (found.query_type, found.mutation_type, found.subscription_type)
        return frozenset({*found.type_map, *(f"{root.name}.{name}" for root in roots if root for name in root.fields)})
