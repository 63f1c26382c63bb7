"""What is assumed of Strawberry: what is behind its schema, how it converts arguments, and how its handler works."""

# pyright: reportPrivateUsage=false

import inspect
from collections.abc import Callable
from typing import Any, cast

import pytest
import strawberry
from graphql import GraphQLSchema, specified_rules
from strawberry.schema import schema as strawberry_schema
from strawberry.types import ExecutionResult

from datastore_service.library_internals.strawberry import (
    AsyncWebSocketAdapter,
    BaseGraphQLTransportWSHandler,
    MaybeNullValidationRule,
    OneOfInputValidationRule,
    Operation,
    PreExecutionError,
    StrawberryList,
    StrawberryOptional,
    arguments_of,
    convert_argument,
    core_info,
    core_schema,
    has_object_definition,
    is_attribute,
    is_scalar,
    metadata_of,
    scalars_of,
)
from tests.unit.library_internals.assumptions import broken, calls, digest, parameters

LIBRARY = "strawberry-graphql"
COMPILER, SOCKETS = "api/graphql/compiler", "api/graphql/transport/websockets/protocol.py"
HANDLER = BaseGraphQLTransportWSHandler


@strawberry.input
class Wish:
    title: str
    tags: list[str] | None = None


@strawberry.type
class Query:
    @strawberry.field
    def names(self, info: strawberry.Info, wish: Wish | None = None) -> list[str]:
        return [node.name.value for node in core_info(info).field_nodes if wish is None]

    plain: int = strawberry.field(default=1, metadata={"key": "value"})


SCHEMA = strawberry.Schema(Query)


def test_has_a_schema_of_graphql_core_behind_it() -> None:
    assert isinstance(core_schema(SCHEMA), GraphQLSchema)


async def test_a_resolver_gets_to_the_selections_of_graphql_core() -> None:
    result = await SCHEMA.execute("{ names }")

    assert result == ExecutionResult(data={"names": ["names"]}, errors=None, extensions={})


def test_knows_its_own_arguments_behind_the_fields_of_graphql_core() -> None:
    query: Any = core_schema(SCHEMA).query_type

    (wish,) = arguments_of(query.fields["names"])

    assert wish.python_name == "wish"
    assert SCHEMA.config.name_converter.from_argument(wish) == "wish"
    kind: Any = wish.type
    assert isinstance(kind, StrawberryOptional)
    assert has_object_definition(kind.of_type)
    title, tags = kind.of_type.__strawberry_definition__.fields
    assert (title.python_name, SCHEMA.config.name_converter.from_field(tags)) == ("title", "tags")
    assert is_scalar(cast("Any", title.type), cast("Any", scalars_of(SCHEMA)))
    assert isinstance(cast("Any", tags.type).of_type, StrawberryList)
    assert query.fields["names"].args["wish"].type.out_type({"title": "a"}) == {"title": "a"}


def test_knows_how_a_field_was_declared() -> None:
    query: Any = core_schema(SCHEMA).query_type
    plain, names = query.fields["plain"], query.fields["names"]

    assert (is_attribute(plain), metadata_of(plain)) == (True, {"key": "value"})
    assert (is_attribute(names), metadata_of(names)) == (False, {})


def test_converts_arguments_as_the_compiler_does_in_its_place() -> None:
    what = f"convert_argument has changed (digest {digest(convert_argument)})"
    assert digest(convert_argument) == "6c0cb1d95c0a", broken(LIBRARY, what, f"{COMPILER}/inputs.py")


def test_validates_documents_by_the_rules_that_are_known() -> None:
    rules = inspect.getclosurevars(strawberry_schema.validate_document).globals

    found = {name for name in rules if name.endswith("Rule")}
    assert found == {MaybeNullValidationRule.__name__, OneOfInputValidationRule.__name__}, broken(
        LIBRARY, "documents are validated by other rules", "api/graphql/documents/preparation.py"
    )
    assert not {MaybeNullValidationRule, OneOfInputValidationRule} & set(specified_rules)


def test_what_keeps_a_document_from_being_executed_is_a_result_of_its_own() -> None:
    assert issubclass(PreExecutionError, ExecutionResult)


def test_streams_take_what_they_are_given_by_place() -> None:
    known = ["self", "query", "variable_values", "context_value", "root_value", "operation_name"]
    known += ["operation_extensions", "allowed_operation_types"]

    found = parameters(strawberry.Schema.stream)
    assert found == known, broken(LIBRARY, f"Schema.stream takes {found}", "api/graphql/schema.py")


@pytest.mark.parametrize(
    ("name", "by"),
    [
        ("handle_message", HANDLER.handle),
        ("handle_invalid_message", HANDLER.handle),
        ("iter_json", HANDLER.handle),
        ("handle_connection_init", HANDLER.handle_message),
        ("handle_subscribe", HANDLER.handle_message),
        ("on_ws_connect", HANDLER.handle_connection_init),
        ("connection_init_received", HANDLER.handle_connection_init),
        ("connection_acknowledged", HANDLER.handle_connection_init),
        ("handle_task_exception", HANDLER.run_operation),
        ("stream", HANDLER.run_operation),
        ("operations", HANDLER.cleanup_operation),
        ("_get_pre_execution_close_reason", HANDLER._handle_pre_execution_error),
        ("send_initial_errors", HANDLER._handle_pre_execution_error),
        ("_handle_pre_execution_error", HANDLER._send_result_stream),
        ("send_next", HANDLER._send_result_stream),
    ],
)
def test_the_handler_goes_through_what_is_overridden(name: str, by: Callable[..., Any]) -> None:
    assert calls(by, name), broken(LIBRARY, f"{by.__qualname__} does not use {name}", SOCKETS)


def test_the_handler_asks_the_schema_for_a_stream_by_name() -> None:
    names = ["variable_values", "context_value", "root_value", "operation_name"]
    assert tuple(names) in HANDLER.run_operation.__code__.co_consts, broken(
        LIBRARY, "Schema.stream is asked otherwise", SOCKETS
    )


@pytest.mark.parametrize(
    ("function", "known"),
    [
        (HANDLER.handle_subscribe, "b7a853c49725"),
        (Operation.send_initial_errors, "7598f648941e"),
        (Operation.send_next, "63380dde74c4"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_the_handler_does_no_more_than_what_is_done_in_its_place(function: Callable[..., Any], known: str) -> None:
    what = f"{function.__qualname__} has changed (digest {digest(function)}); see what of it is to be done here, too"
    assert digest(function) == known, broken(LIBRARY, what, SOCKETS)


def test_a_socket_is_no_more_than_what_is_overridden() -> None:
    found = {name for name in vars(AsyncWebSocketAdapter) if not name.startswith("_")}

    assert found == {"iter_json", "send_json", "close"}, broken(
        LIBRARY, f"AsyncWebSocketAdapter has {sorted(found)}", "api/graphql/transport/websockets/socket.py"
    )
    assert parameters(Operation) == ["handler", "id", "query", "variables", "operation_name"]
