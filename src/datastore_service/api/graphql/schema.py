"""The executable schema."""

import logging
from collections.abc import Callable, Iterable
from contextlib import aclosing
from dataclasses import asdict, dataclass, replace
from typing import Any, override

import strawberry
from graphql import GraphQLError
from strawberry.schema.config import StrawberryConfig
from strawberry.types import ExecutionContext
from strawberry.types.graphql import OperationType

from datastore_service.api.graphql.compiler.answers import Compiler, Tally
from datastore_service.api.graphql.compiler.arguments import Arguments
from datastore_service.api.graphql.compiler.operations import Compilation
from datastore_service.api.graphql.compiler.plans import Plan
from datastore_service.api.graphql.core_names import SchemaNames
from datastore_service.api.graphql.documents.persisted import AutomaticPersistedQueries
from datastore_service.api.graphql.documents.preparation import Preparation, PreparedExecution
from datastore_service.api.graphql.documents.source import DocumentSource
from datastore_service.api.graphql.documents.trusted import read_manifest
from datastore_service.api.graphql.resolvers.roots import MUTATIONS, NODES, QUERIES, merged
from datastore_service.api.graphql.resolvers.subscriptions import Subscription
from datastore_service.api.graphql.typed.merging import merged_schema, resolve_typed_nodes
from datastore_service.api.graphql.types.scalars import SCALARS
from datastore_service.application.read.cursors import CursorSigner
from datastore_service.application.read.ports.typed_collections import TypedEntry, TypedState
from datastore_service.config.settings import GraphQLSettings, LimitSettings
from datastore_service.domain.typed.model import Claim
from datastore_service.domain.typed.names import taken_by_others
from datastore_service.library_internals.strawberry import (
    PreExecutionError,
    StreamResult,
    core_schema,
    with_core_schema,
)
from datastore_service.telemetry.metrics import Metrics

_log = logging.getLogger(__name__)


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
        number: The number of the state of the typed collections that are in the schema.
    """

    schema: strawberry.Schema
    documents: DocumentSource
    compiler: Compiler | None
    cursors: CursorSigner
    is_subscription: Callable[[str, str | None], bool]
    number: int = 0


class Schemas:
    """Makes the executable schemas, each for the typed collections of another moment (adr/0108)."""

    def __init__(
        self, graphql: GraphQLSettings, limits: LimitSettings, metrics: Metrics, cursors: CursorSigner
    ) -> None:
        self._graphql = graphql
        self._limits = limits
        self._cursors = cursors
        self._looked_up = metrics.cache("prepared_documents")
        self._tally = Tally()
        preparation = self._preparation()
        self._schema = _Schema(
            query=merged(QUERIES),
            mutation=merged(MUTATIONS),
            subscription=Subscription,
            types=NODES,
            config=StrawberryConfig(scalar_map=SCALARS),
            extensions=[lambda: PreparedExecution(preparation)],
        )
        core = core_schema(self._schema)
        resolve_typed_nodes(core)
        self._documents: DocumentSource = (
            AutomaticPersistedQueries(graphql.persisted_query_bytes, metrics.cache("persisted_queries"))
            if graphql.trusted_documents is None
            else read_manifest(graphql.trusted_documents, preparation, core)
        )
        self.untyped = self._executable(self._schema, preparation, 0)
        """The schema without typed collections."""
        if graphql.compiled_queries:
            metrics.documents.watch(lambda: asdict(self._tally))

    def typed(self, state: TypedState) -> Executable:
        """Makes the schema with the typed collections of a moment; without those whose names the service itself has."""
        entries = [entry for entry in state.collections if not self._is_taken(entry)]
        if not entries:
            return replace(self.untyped, number=state.number)
        preparation = self._preparation()
        core = merged_schema(self._schema, entries)
        schema = with_core_schema(self._schema, core, [lambda: PreparedExecution(preparation)])
        return self._executable(schema, preparation, state.number)

    def _is_taken(self, entry: TypedEntry) -> bool:
        names = SchemaNames(lambda: core_schema(self._schema)).all()
        taken = taken_by_others(entry.collection.names, {name: Claim("", "Datastore") for name in names})
        for flaw in taken:
            _log.warning("The collection %r has no types in this release: %s", entry.name, flaw.detail)
        return bool(taken)

    def _preparation(self) -> Preparation[Plan]:
        return Preparation(self._graphql, self._limits, self._looked_up)

    def _executable(self, schema: _Schema, preparation: Preparation[Plan], number: int) -> Executable:
        core = core_schema(schema)
        compilation = Compilation(core, Arguments(schema), self._graphql, self._limits, self._cursors)
        return Executable(
            schema,
            self._documents,
            Compiler(preparation, compilation, self._tally) if self._graphql.compiled_queries else None,
            self._cursors,
            lambda text, name: preparation.is_subscription(text, core, name),
            number,
        )
