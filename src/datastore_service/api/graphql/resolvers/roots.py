"""The root types of the schema; each is merged from several types, such as one for each aggregate."""

from typing import Any, Final, cast

from strawberry.tools import merge_types

from datastore_service.api.graphql.resolvers.consumers import ConsumerMutations, ConsumerQueries
from datastore_service.api.graphql.resolvers.mutations import Mutation
from datastore_service.api.graphql.resolvers.queries import Query
from datastore_service.api.graphql.resolvers.webhooks import WebhookMutations, WebhookQueries
from datastore_service.api.graphql.types.aggregates import AggregateQueries
from datastore_service.api.graphql.types.collections import Collection
from datastore_service.api.graphql.types.records import Record

QUERIES: Final[tuple[type, ...]] = (Query, AggregateQueries, ConsumerQueries, WebhookQueries)
MUTATIONS: Final[tuple[type, ...]] = (Mutation, ConsumerMutations, WebhookMutations)
NODES: Final[tuple[type, ...]] = (Record, Collection)
"""The types that `node` may return although no field names them."""


def merged(parts: tuple[type, ...]) -> type:
    """Returns one type with the fields of all, and the name and description of the first."""
    if len(parts) == 1:
        return parts[0]
    first: Any = parts[0]
    whole = merge_types(first.__name__, parts)
    cast("Any", whole).__strawberry_definition__.description = first.__strawberry_definition__.description
    return whole
