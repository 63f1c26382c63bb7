"""The SDL: described throughout, and typed as Relay and the specification of scalars have it."""

from collections.abc import Iterator
from typing import Final

import pytest
from fastapi import FastAPI
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    build_schema,
    is_introspection_type,
    is_specified_scalar_type,
)

from datastore_service.api.graphql.types.user_errors import UserErrorCode
from datastore_service.domain.errors import DomainError

NodeKinds: Final = (GraphQLObjectType, GraphQLInterfaceType)


@pytest.fixture
def sdl(app: FastAPI) -> GraphQLSchema:
    return build_schema(app.state.graphql.executable.schema.as_str())


def described(schema: GraphQLSchema) -> Iterator[tuple[str, str | None]]:
    """Yields the coordinates of all that the SDL defines, each with its description."""
    for name, kind in schema.type_map.items():
        if is_introspection_type(kind) or is_specified_scalar_type(kind):
            continue
        yield name, kind.description
        match kind:
            case GraphQLObjectType() | GraphQLInterfaceType():
                for field_name, field in kind.fields.items():
                    yield f"{name}.{field_name}", field.description
                    for argument_name, argument in field.args.items():
                        yield f"{name}.{field_name}({argument_name}:)", argument.description
            case GraphQLInputObjectType():
                for field_name, member in kind.fields.items():
                    yield f"{name}.{field_name}", member.description
            case GraphQLEnumType():
                for value_name, value in kind.values.items():
                    yield f"{name}.{value_name}", value.description
            case _:
                pass


def test_describes_everything(sdl: GraphQLSchema) -> None:
    descriptions = dict(described(sdl))

    assert {"Query", "Mutation", "Query.records(first:)", "CreateRecordInput.tags", "UserErrorCode.record_exists"} <= (
        descriptions.keys()
    )
    assert [place for place, description in descriptions.items() if not (description or "").endswith(".")] == []


def test_says_where_each_scalar_is_specified(sdl: GraphQLSchema) -> None:
    scalars = {
        name: kind.specified_by_url
        for name, kind in sdl.type_map.items()
        if isinstance(kind, GraphQLScalarType) and not is_specified_scalar_type(kind)
    }

    assert scalars == {
        "DateTime": "https://www.rfc-editor.org/rfc/rfc3339",
        "JSON": "https://www.rfc-editor.org/rfc/rfc8259",
        "Number": "https://www.rfc-editor.org/rfc/rfc8259#section-6",
        "UUID": "https://www.rfc-editor.org/rfc/rfc9562",
    }


def test_identifies_objects_as_relay_does(sdl: GraphQLSchema) -> None:
    kinds = {name: kind for name, kind in sdl.type_map.items() if isinstance(kind, NodeKinds) and is_node(kind)}
    query = sdl.query_type

    assert query is not None
    assert {name: str(query.fields[name].type) for name in ("node", "nodes")} == {"node": "Node", "nodes": "[Node]!"}
    assert {name: str(kind.fields["id"].type) for name, kind in kinds.items()} == {
        "Node": "ID!",
        "Record": "ID!",
        "Collection": "ID!",
    }


def is_node(kind: GraphQLObjectType | GraphQLInterfaceType) -> bool:
    return "Node" in {kind.name, *(interface.name for interface in kind.interfaces)}


def refusals(kind: type[DomainError]) -> Iterator[type[DomainError]]:
    for narrower in kind.__subclasses__():
        yield narrower
        yield from refusals(narrower)


def test_every_refusal_of_the_domain_is_a_user_error() -> None:
    codes = {kind.code for kind in refusals(DomainError) if ".domain." in kind.__module__}
    of_the_application = {
        "as_of_not_settled",
        "consumer_ahead",
        "consumer_not_found",
        "cursor_expired",
        "forbidden",
        "idempotency_key_in_flight",
        "idempotency_key_reused",
        "invalid_cursor",
        "local_id_taken",
        "local_id_unknown",
        "reference_misplaced",
        "schema_change_refused",
        "schema_change_under_way",
        "webhook_not_found",
    }

    assert {code.value for code in UserErrorCode} == codes | of_the_application
    assert all(code.name == code.value for code in UserErrorCode)
