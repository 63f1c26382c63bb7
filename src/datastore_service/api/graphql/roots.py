"""The roots of the GraphQL schema; each may be made of several types, one for each aggregate."""

from typing import Any, Final, cast

from strawberry.tools import merge_types

from datastore_service.api.graphql.aggregate_types import AggregateQueries
from datastore_service.api.graphql.collection_types import Collection
from datastore_service.api.graphql.consumers import ConsumerMutations, ConsumerQueries
from datastore_service.api.graphql.mutations import Mutation
from datastore_service.api.graphql.queries import Query
from datastore_service.api.graphql.types import Record
from datastore_service.api.graphql.webhooks import WebhookMutations, WebhookQueries

QUERIES: Final[tuple[type, ...]] = (Query, AggregateQueries, ConsumerQueries, WebhookQueries)
MUTATIONS: Final[tuple[type, ...]] = (Mutation, ConsumerMutations, WebhookMutations)
NODES: Final[tuple[type, ...]] = (Record, Collection)
"""The types that `node` may answer with, although no field names them."""


def merged(parts: tuple[type, ...]) -> type:
    """Returns one type with the fields of all, and the name and the description of the first."""
    if len(parts) == 1:
        return parts[0]
    first: Any = parts[0]
    whole = merge_types(first.__name__, parts)
    cast("Any", whole).__strawberry_definition__.description = first.__strawberry_definition__.description
    return whole
