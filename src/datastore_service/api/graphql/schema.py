"""The executable schema."""

from collections.abc import Callable, Iterable
from contextlib import aclosing
from dataclasses import asdict, dataclass
from typing import Any, override

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext
from strawberry.types.graphql import OperationType

from datastore_service.api.graphql.compiler.answers import Compiler
from datastore_service.api.graphql.compiler.arguments import Arguments
from datastore_service.api.graphql.compiler.operations import Compilation
from datastore_service.api.graphql.compiler.plans import Plan
from datastore_service.api.graphql.documents.persisted import AutomaticPersistedQueries
from datastore_service.api.graphql.documents.preparation import Preparation, PreparedExecution
from datastore_service.api.graphql.documents.source import DocumentSource
from datastore_service.api.graphql.documents.trusted import read_manifest
from datastore_service.api.graphql.resolvers.roots import MUTATIONS, NODES, QUERIES, merged
from datastore_service.api.graphql.resolvers.subscriptions import Subscription
from datastore_service.api.graphql.types.scalars import SCALARS
from datastore_service.application.read.cursors import CursorSigner
from datastore_service.config.settings import GraphQLSettings, LimitSettings
from datastore_service.library_internals.strawberry import PreExecutionError, StreamResult, core_schema
from datastore_service.telemetry.metrics import Metrics


class _Schema(strawberry.Schema):
    @override
    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Logs nothing: `api/http/problems.py` decides which errors are logged."""

    @override
    async def stream(  # pyright: ignore[reportIncompatibleMethodOverride] - its other parameters are not used here
        self,
        query: str | None,
        variable_values: dict[str, Any] | None = None,
        context_value: Any | None = None,
        root_value: Any | None = None,
        operation_name: str | None = None,
        *,
        allowed_operation_types: Iterable[OperationType] | None = None,
    ) -> StreamResult:
        """Returns errors of the preparation as a result; Strawberry itself does so only for queries and mutations."""
        results = await super().stream(
            query, variable_values, context_value, root_value, operation_name, None, allowed_operation_types
        )
        return _with_errors(results)


async def _with_errors(results: StreamResult) -> StreamResult:
    async with aclosing(results):
        try:
            async for result in results:
                yield result
        except GraphQLError as error:
            yield PreExecutionError(data=None, errors=[error])


@dataclass(frozen=True, slots=True)
class Executable:
    """The schema, the source of documents, and the compiler, unless that is turned off.

    Attributes:
        is_subscription: Tells whether the named operation of a document text, or its only one, is a subscription.
    """

    schema: strawberry.Schema
    documents: DocumentSource
    compiler: Compiler | None
    cursors: CursorSigner
    is_subscription: Callable[[str, str | None], bool]


def build_schema(
    graphql: GraphQLSettings, limits: LimitSettings, metrics: Metrics, cursors: CursorSigner
) -> Executable:
    """Makes the executable schema, which reports to the metrics how documents are executed.

    Raises:
        ManifestError: The file of trusted documents is invalid.
    """
    preparation = Preparation[Plan](graphql, limits, metrics.cache("prepared_documents"))
    schema = _Schema(
        query=merged(QUERIES),
        mutation=merged(MUTATIONS),
        subscription=Subscription,
        types=NODES,
        config=StrawberryConfig(scalar_map=SCALARS),
        extensions=[lambda: PreparedExecution(preparation)],
    )
    core = core_schema(schema)
    documents = (
        AutomaticPersistedQueries(graphql.persisted_query_bytes, metrics.cache("persisted_queries"))
        if graphql.trusted_documents is None
        else read_manifest(graphql.trusted_documents, preparation, core)
    )
    compilation = Compilation(core, Arguments(schema), graphql, limits, cursors)
    compiler = Compiler(preparation, compilation) if graphql.compiled_queries else None
    if compiler is not None:
        metrics.documents.watch(lambda: asdict(compiler.tally))
    return Executable(
        schema, documents, compiler, cursors, lambda text, name: preparation.is_subscription(text, core, name)
    )
