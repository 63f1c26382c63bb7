"""The executable schema."""

from dataclasses import dataclass
from typing import Any, cast, override

import strawberry
from graphql import GraphQLError, GraphQLSchema
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext

from datastore_service.api.graphql.collection_types import Collection
from datastore_service.api.graphql.compiled.answers import Compiler
from datastore_service.api.graphql.compiled.plans import Compilation
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


@dataclass(frozen=True, slots=True)
class Executable:
    """The schema, what finds the documents to execute, and what reads them at once, unless that is turned off."""

    schema: strawberry.Schema
    documents: DocumentSource
    compiler: Compiler | None


def build_schema(graphql: GraphQLSettings, limits: LimitSettings) -> Executable:
    """Makes the executable schema.

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
    core = cast("GraphQLSchema", cast("Any", schema)._schema)  # noqa: SLF001 - Strawberry has no other way to it
    documents = (
        AutomaticPersistedQueries(graphql.persisted_query_bytes)
        if graphql.trusted_documents is None
        else read_manifest(graphql.trusted_documents, preparation, core)
    )
    compiler = Compiler(preparation, Compilation(core, graphql, limits)) if graphql.compiled_queries else None
    return Executable(schema, documents, compiler)
