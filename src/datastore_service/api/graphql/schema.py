"""The executable schema."""

from typing import Any, cast, override

import strawberry
from graphql import GraphQLError, GraphQLSchema
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from datastore_service.api.graphql.collection_types import Collection
from datastore_service.api.graphql.documents.persisted import AutomaticPersistedQueries
from datastore_service.api.graphql.documents.preparation import Preparation, PreparedExecution
from datastore_service.api.graphql.documents.source import DocumentSource
from datastore_service.api.graphql.documents.trusted import read_manifest
from datastore_service.api.graphql.mutations import Mutation
from datastore_service.api.graphql.queries import Query
from datastore_service.api.graphql.scalars import SCALARS
from datastore_service.api.graphql.types import Record
from datastore_service.config.settings import GraphQLSettings, LimitSettings


class _Schema(strawberry.Schema):
    @override
    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Logs nothing: `api/problems.py` decides which errors are worth it."""


def build_schema(graphql: GraphQLSettings, limits: LimitSettings) -> tuple[strawberry.Schema, DocumentSource]:
    """Makes the executable schema, and what finds the documents to execute.

    Raises:
        ManifestError: The file of trusted documents cannot be used.
    """
    preparation = Preparation(graphql, limits)
    schema = _Schema(
        query=Query,
        mutation=Mutation,
        types=[Record, Collection],
        config=StrawberryConfig(scalar_map=SCALARS),
        extensions=[lambda: PreparedExecution(preparation)],
    )
    if graphql.trusted_documents is None:
        return schema, AutomaticPersistedQueries(graphql.persisted_query_bytes)
    core = cast("GraphQLSchema", cast("Any", schema)._schema)  # noqa: SLF001 - Strawberry has no other way to it
    return schema, read_manifest(graphql.trusted_documents, preparation, core)
