"""Whatever the SDL allows is answered as the SDL says: Schemathesis makes the documents and judges the answers."""

from collections.abc import AsyncGenerator
from datetime import UTC
from typing import Any, Final, cast
from uuid import UUID

import httpx2
import pytest
import schemathesis
from graphql import (
    ArgumentNode,
    FieldNode,
    NullValueNode,
    ValueNode,
    Visitor,
    parse,
    print_ast,
    visit,
)
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from schemathesis.graphql import nodes

from datastore_service.application.mediator import Mediator
from datastore_service.application.read.criteria.record_criteria import EVERYTHING
from datastore_service.application.read.cursors import CursorSigner
from datastore_service.application.read.history import RevisionCursor
from datastore_service.application.read.pagination import Cursor
from datastore_service.config.settings import Settings
from tests.api.test_snapshots import SNAPSHOTS
from tests.apps import shared_app
from tests.graphql_literals import json_literals

schemathesis.graphql.scalar("UUID", st.uuids().map(nodes.String))
schemathesis.graphql.scalar(
    "DateTime", st.datetimes(timezones=st.just(UTC)).map(lambda at: nodes.String(at.isoformat()))
)
schemathesis.graphql.scalar("JSON", json_literals())

# The types of the library's own operations are only partly known.
SCHEMA: Final[Any] = cast("Any", schemathesis.graphql).from_path(SNAPSHOTS / "schema.graphql")
OPERATIONS: Final[dict[str, Any]] = {found.ok().label: found.ok() for found in SCHEMA.get_all_operations()}
CURSORS: Final = CursorSigner()
CURSOR_OF: Final = {
    "records": CURSORS.sign(Cursor(UUID(int=1)), EVERYTHING.scope),
    **dict.fromkeys(("collections", "links", "backlinks"), str(Cursor(UUID(int=1)))),
    "revisions": str(RevisionCursor(2)),
}
# What the SDL cannot say of these is tried in tests/integration/test_questions.py.
LEFT_OUT: Final = {"filter", "orderBy", "tags", "search", "groupBy", "timeZone", "measures", "limit"}
BOUNDED: Final = {
    "record",
    "records",
    "recordsAggregate",
    "collections",
    "revisions",
    "links",
    "backlinks",
    "payload",
}


class Bounded(Visitor):
    """Keeps arguments to what the SDL cannot say: sizes, cursors, times that have come and names that there are."""

    def __init__(self, page_size_max: int) -> None:
        super().__init__()
        self._page_size_max = page_size_max

    def enter_field(self, node: FieldNode, *_others: object) -> FieldNode | None:
        if node.name.value not in BOUNDED:
            return None
        taken = {
            argument.name.value: argument for argument in node.arguments or () if argument.name.value not in LEFT_OUT
        }
        if {"asOf", "version"} <= taken.keys():
            del taken["asOf"]
        bounded = tuple(self._bounded(node.name.value, argument) for argument in taken.values())
        return FieldNode(name=node.name, alias=node.alias, arguments=bounded, selection_set=node.selection_set)

    def _bounded(self, field: str, argument: ArgumentNode) -> ArgumentNode:
        name, given = argument.name.value, argument.value
        if isinstance(given, NullValueNode) or (field == "record" and name != "asOf"):
            return argument
        value: ValueNode
        match name:
            case "first" | "last":
                value = nodes.Int(int(getattr(given, "value", 0)) % (self._page_size_max + 1))
            case "asOf":
                value = nodes.String("2020-01-01T00:00:00Z")
            case "after" | "before":
                value = nodes.String(CURSOR_OF[field])
            case "includeDeleted":
                return argument
            case _:
                value = nodes.String("people")
        return ArgumentNode(name=argument.name, value=value)


@pytest.fixture
async def sql_client(settings: Settings, sql_mediator: Mediator) -> AsyncGenerator[httpx2.AsyncClient]:
    # Records lead to pages of records: what is made up at random may cost anything, and is refused elsewhere.
    costly = settings.graphql.model_copy(update={"max_cost": 10**18})
    app = shared_app(settings.model_copy(update={"graphql": costly}), sql_mediator)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost:8080") as client:
        yield client


@pytest.mark.parametrize("label", OPERATIONS)
@examples(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
async def test_answers_every_document_that_the_sdl_allows(
    data: st.DataObject, label: str, settings: Settings, sql_client: httpx2.AsyncClient
) -> None:
    case: Any = data.draw(OPERATIONS[label].as_strategy())
    document = visit(parse(str(case.body)), Bounded(settings.limits.page_size_max))

    response = await sql_client.post("/graphql", json={"query": print_ast(document)})

    case.validate_response(response)
