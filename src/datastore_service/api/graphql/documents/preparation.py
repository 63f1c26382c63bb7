"""What is done once for each document text: parsing, measuring and validation."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from graphql import (
    DocumentNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    GraphQLSyntaxError,
    NoSchemaIntrospectionCustomRule,
    OperationDefinitionNode,
    OperationType,
    get_operation_ast,
    get_variable_values,
    parse,
    specified_rules,
    validate,
)
from strawberry.extensions import SchemaExtension

from datastore_service.api.graphql.context import Context
from datastore_service.api.graphql.documents.memory import Memory
from datastore_service.api.graphql.limits.cost import Costing
from datastore_service.api.graphql.limits.inputs import check_inputs
from datastore_service.api.graphql.limits.known_costs import Known, KnownCosts
from datastore_service.api.graphql.limits.refusal import DocumentRefused
from datastore_service.api.graphql.limits.shape import check_shape, too_deep
from datastore_service.api.http.problems import MOST_ERRORS
from datastore_service.config.settings import GraphQLSettings, LimitSettings
from datastore_service.library_internals.graphql_core import has_too_many_tokens, is_nested_too_deeply
from datastore_service.library_internals.strawberry import (
    MaybeNullValidationRule,
    OneOfInputValidationRule,
    core_schema,
)

_KEPT_CHARACTERS: Final = 256 * 1024
"""The total length of the cached texts; a syntax tree takes a few hundred times as much memory."""


@dataclass(frozen=True, slots=True)
class PreparedDocument[P]:
    """A document, its validation errors, and what is the same for all requests of an operation.

    Attributes:
        costs: The known costs of each operation.
        plans: The compiled plan of each operation, or None if it cannot be compiled.
    """

    document: DocumentNode
    errors: list[GraphQLError]
    costs: dict[str | None, KnownCosts] = field(default_factory=dict[str | None, KnownCosts])
    plans: dict[str | None, P | None] = field(default_factory=dict[str | None, "P | None"])


class Preparation[P]:
    """Prepares documents, and caches the most recently used ones together with their plans."""

    def __init__(
        self, graphql: GraphQLSettings, limits: LimitSettings, looked_up: Callable[[bool], None] = lambda _found: None
    ) -> None:
        self._graphql = graphql
        self._limits = limits
        closed = () if graphql.introspection else (NoSchemaIntrospectionCustomRule,)
        self._rules = (*specified_rules, MaybeNullValidationRule, OneOfInputValidationRule, *closed)
        self._kept: Memory[PreparedDocument[P]] = Memory(_KEPT_CHARACTERS, looked_up)

    def prepare(self, text: str, schema: GraphQLSchema) -> PreparedDocument[P]:
        """Returns the document.

        Raises:
            GraphQLSyntaxError: The text is not a document.
            DocumentRefused: It has too many tokens, or is nested too deeply to parse.
        """
        kept = self._kept.get(text)
        if kept is not None:
            return kept
        document = self._parsed(text)
        prepared: PreparedDocument[P] = PreparedDocument(document, self._errors(document, schema))
        self._kept.put(text, prepared, len(text))
        return prepared

    def is_subscription(self, text: str, schema: GraphQLSchema, name: str | None) -> bool:
        """Tells whether the operation of that name, or the only one, of a document is a subscription."""
        try:
            operation = get_operation_ast(self.prepare(text, schema).document, name)
        except GraphQLError:
            return False
        return operation is not None and operation.operation is OperationType.SUBSCRIPTION

    def check_cost(
        self, prepared: PreparedDocument[P], schema: GraphQLSchema, name: str | None, variables: Mapping[str, Any]
    ) -> None:
        """Refuses an operation of a valid document that costs too much, or lacks the value of a narrowing variable.

        Raises:
            DocumentRefused: It is refused.
        """
        costs = prepared.costs.get(name)
        known = (costs and costs.get(variables)) or self._added_up(prepared, schema, name, variables)
        if known.cost > self._graphql.max_cost:
            raise DocumentRefused(
                "document_too_costly",
                f"The response could have {known.cost} fields, counted once for each item of a page; "
                f"the maximum is {self._graphql.max_cost}.",
            )
        if missing := [variable for variable in known.needed if variable.name not in variables]:
            first = min(missing)
            what = first.within.partition(" ")[2]
            raise DocumentRefused(
                "validation_failed",
                f"${first.name} stands within {first.within} and has no value. Without it the {what} would match "
                f"more; give the variable a value, or pass the whole {what} as one variable.",
            )

    def inputs_at_fault(
        self, prepared: PreparedDocument[P], schema: GraphQLSchema, name: str | None, variables: Mapping[str, Any]
    ) -> list[GraphQLError]:
        """Returns the errors of an operation's variables, if they are too large to be coerced.

        Without introspection it returns all others as well: executing the document would suggest names for wrong ones.

        Raises:
            DocumentRefused: There are more values than allowed.
        """
        definitions = _operation(prepared, name).variable_definitions or ()
        errors = check_inputs(schema, definitions, variables, self._graphql.max_input_values)
        if errors or self._graphql.introspection:
            return errors
        coerced = get_variable_values(
            schema, definitions, dict(variables), max_errors=MOST_ERRORS, hide_suggestions=True
        )
        return coerced if isinstance(coerced, list) else []

    def _added_up(
        self, prepared: PreparedDocument[P], schema: GraphQLSchema, name: str | None, variables: Mapping[str, Any]
    ) -> Known:
        fragments = {
            node.name.value: node for node in prepared.document.definitions if isinstance(node, FragmentDefinitionNode)
        }
        costing = Costing(schema, fragments, self._limits, variables)
        cost = costing.of(_operation(prepared, name))
        known = Known(cost, frozenset(costing.needed))
        prepared.costs.setdefault(name, KnownCosts()).keep(variables, tuple(sorted(costing.steering)), known)
        return known

    @staticmethod
    def check_choice(prepared: PreparedDocument[Any], name: str | None) -> None:
        """Refuses a request that does not say which of several operations to execute (GraphQL, GetOperation).

        Raises:
            GraphQLError: The document has several operations, and the request names none.
        """
        operations = sum(isinstance(node, OperationDefinitionNode) for node in prepared.document.definitions)
        if name is None and operations > 1:
            raise GraphQLError(f"The document has {operations} operations; name one with operationName.")

    def _parsed(self, text: str) -> DocumentNode:
        tokens, characters = self._graphql.max_tokens, self._graphql.max_characters
        if len(text) > characters:
            raise DocumentRefused(
                "document_too_long",
                f"The document has more than {characters} characters; send long values as variables.",
            )
        try:
            return parse(text, max_lexical_tokens=tokens, max_comments=tokens)
        except GraphQLSyntaxError as error:
            if has_too_many_tokens(error):
                raise DocumentRefused(
                    "document_too_long",
                    f"The document has more than {tokens} tokens or comments; send long values as variables.",
                ) from error
            if is_nested_too_deeply(error):
                raise too_deep(self._graphql) from error
            raise

    def _errors(self, document: DocumentNode, schema: GraphQLSchema) -> list[GraphQLError]:
        """Measures first, because validation costs more."""
        try:
            check_shape(document, self._graphql)
        except DocumentRefused as refusal:
            return [refusal]
        # A client that may not introspect the schema must not learn it from suggestions either.
        found = validate(
            schema, document, self._rules, max_errors=MOST_ERRORS, hide_suggestions=not self._graphql.introspection
        )
        return [_readable(error) for error in found]


class PreparedExecution(SchemaExtension):
    """Makes Strawberry execute prepared documents."""

    def __init__(self, preparation: Preparation[Any]) -> None:
        super().__init__()
        self._preparation = preparation
        self._prepared: PreparedDocument[Any] | None = None

    def on_parse(self) -> Iterator[None]:
        """Prepares the document and keeps its errors."""
        context = self.execution_context
        self._prepared = self._preparation.prepare(context.query or "", core_schema(context.schema))
        context.graphql_document = self._prepared.document
        yield

    def on_validate(self) -> Iterator[None]:
        """Reports the errors, and checks the cost."""
        context, prepared = self.execution_context, self._prepared
        if prepared is not None:
            errors: list[GraphQLError] = list(prepared.errors)
            if not errors:
                schema, name, variables = core_schema(context.schema), context.operation_name, context.variables or {}
                try:
                    # Strawberry would take the first operation if the request names none.
                    self._preparation.check_choice(prepared, cast("Context", context.context).operation_name)
                    self._preparation.check_cost(prepared, schema, name, variables)
                    errors += self._preparation.inputs_at_fault(prepared, schema, name, variables)
                except GraphQLError as refusal:
                    errors.append(refusal)
            context.pre_execution_errors = errors
        yield


def _readable(error: GraphQLError) -> GraphQLError:
    """Returns the error; replaces that of a literal that Python cannot read, such as an integer of very many digits."""
    if isinstance(error.original_error, ValueError):
        return GraphQLError("The value cannot be read: an Int has 32 bits.", error.nodes)
    return error


def _operation(prepared: PreparedDocument[Any], name: str | None) -> OperationDefinitionNode:
    """Returns the selected operation, which exists."""
    operations = [node for node in prepared.document.definitions if isinstance(node, OperationDefinitionNode)]
    return next(node for node in operations if name is None or (node.name and node.name.value == name))
