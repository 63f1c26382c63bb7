"""A query that is compiled is answered as the resolvers answer it, and is known to have been compiled."""

import json
from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import pytest
from sqlalchemy import text

from datastore_service.api.graphql.compiled.answers import Tally
from datastore_service.application.cursors import CursorSigner
from datastore_service.application.errors import Forbidden
from datastore_service.application.history import RevisionCursor
from datastore_service.application.limits import Limits
from datastore_service.application.mediator import Mediator
from datastore_service.application.messages import Message
from datastore_service.application.origin import Actor
from datastore_service.application.pagination import Cursor
from datastore_service.application.ports.authorization import Authorization
from datastore_service.application.queries.follow_links import FollowLinks
from datastore_service.application.queries.get_record import GetRecord
from datastore_service.application.questions.question import EVERYTHING
from datastore_service.bootstrap import build_mediator
from datastore_service.config.settings import Settings
from datastore_service.infrastructure.database.engine import Engines
from datastore_service.infrastructure.database.graphs.statements import Shape, Statement
from tests.both_ways import BothWays, both_ways
from tests.statements import statements_of

ID: Final = "01a210d2-60bc-70f9-9dd6-c14b2b5c84b9"
DELETED: Final = "01a210d2-60bc-70f9-9dd6-c14b2b5c84ba"
MISSING: Final = "01a210d2-60bc-70f9-9dd6-c14b2b5c84bb"
OTHER: Final = "01a210d2-60bc-70f9-9dd6-c14b2b5c84bc"
ALL: Final = "id __typename collection version payload tags createdAt updatedAt"


@pytest.fixture
async def service(sql_settings: Settings, sql_mediator: Mediator) -> AsyncGenerator[BothWays]:
    async with both_ways(sql_settings, sql_mediator) as service:
        payload = {"é\u2028": ["\u0001'\"\\", 1e400, 12345678901234567890123], "a": None}
        body = json.dumps({"id": ID, "collection": "people", "payload": payload, "tags": ['"', "b'", "\u0007"]})
        await service.compiling.post(
            "/records", content=body.replace("Infinity", "1e400"), headers={"Content-Type": "application/json"}
        )
        await service.compiling.put(f"/records/{OTHER}", json={"payload": 2})
        for relation, target in (("knows", OTHER), ("owns", OTHER), ("knows", ID)):
            await service.compiling.put(f"/records/{ID}/links/{relation}/{target}")
        for version in range(3):
            await service.compiling.put(f"/records/{OTHER}", json={"payload": version})
        await service.compiling.put(f"/records/{DELETED}", json={"payload": 1})
        await service.compiling.delete(f"/records/{DELETED}")
        yield service


FRAGMENTS: Final = """
query ($id: ID!) { node(id: $id) { id ...R ...C } }
fragment R on Record { tags ...N }
fragment C on Collection { name }
fragment N on Node { key: id }
"""
CONDITIONS: Final = """
query ($id: UUID!, $yes: Boolean!, $no: Boolean = false) {
  a: record(id: $id) { id tags @include(if: $yes) }
  ... @include(if: $no) { b: record(id: $id) { payload } }
  c: record(id: $id) @skip(if: $yes) { version }
}
"""
MERGED: Final = f"""
{{ record(id: "{ID}") {{ id ... {{ tags }} ...F }} record(id: "{ID}") {{ version id }} }}
fragment F on Record {{ payload }}
"""
CURSOR: Final = CursorSigner().sign(Cursor(UUID(ID)), EVERYTHING.scope)
LIST: Final = """
query ($collection: String = "people", $first: Int, $after: String, $last: Int, $before: String) {
  records(collection: $collection, first: $first, after: $after, last: $last, before: $before) {
    totalCount nodes { id version } edges { __typename cursor node { payload tags createdAt } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""
PAST: Final = """
query ($id: UUID!, $version: Int, $at: DateTime) {
  record(id: $id, version: $version, asOf: $at) {
    id collection version payload tags createdAt updatedAt deletedAt
    links { totalCount } backlinks { nodes { id } } revisions { nodes { version } }
  }
}
"""
ASKED: Final = """
query (
  $filter: RecordFilter, $search: String, $order: [RecordOrder!], $tags: [String!], $deleted: Boolean! = false,
  $first: Int, $last: Int, $path: String
) {
  records(
    filter: $filter, search: $search, orderBy: $order, tags: $tags, includeDeleted: $deleted, first: $first, last: $last
  ) {
    totalCount edges { cursor node { id deletedAt payload(path: $path) links { nodes { id } } } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""
GRAPH: Final = """
query ($relation: String, $first: Int) {
  records {
    nodes {
      id
      links(relation: $relation, first: $first) {
        totalCount
        pageInfo { hasNextPage startCursor }
        edges { cursor relation createdAt node { id backlinks { totalCount nodes { id payload } } } }
      }
    }
  }
}
"""
HISTORY: Final = """
query ($first: Int, $after: String) {
  records {
    nodes {
      revisions(first: $first, after: $after) {
        pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
        edges { cursor node { recordId collection version operation payload tags actor correlationId at } }
      }
    }
  }
}
"""


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        (f"query ($id: UUID!) {{ record(id: $id) {{ {ALL} }} }}", {"id": ID}),
        ("query ($id: UUID!) { record(id: $id) { __typename } }", {"id": DELETED}),
        (f'query ($id: UUID = "{ID}") {{ __typename record(id: $id) {{ payload }} }}', None),
        (f'{{ record(id: "{MISSING}") {{ id }} }}', None),
        (f'{{ record(id: "{ID}") {{ id @skip(if: true) }} }}', None),
        ("{ __typename again: __typename }", None),
        (FRAGMENTS, {"id": ID}),
        ("query ($id: ID!) { node(id: $id) { id ... on Collection { name schema } } }", {"id": "collection:people"}),
        ('{ node(id: "not one") { id } }', None),
        (
            "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Record { id tags } } }",
            {"ids": [ID, MISSING, DELETED, ID]},
        ),
        ("query ($ids: [ID!]!) { nodes(ids: $ids) { __typename } }", {"ids": [MISSING, ID]}),
        ("{ nodes(ids: []) { id } }", None),
        ('{ collection(name: "people") { id __typename name schema version createdAt updatedAt } }', None),
        ('{ collection(name: "nobody") { id } }', None),
        (CONDITIONS, {"id": ID, "yes": True}),
        (PAST, {"id": OTHER, "version": 2}),
        (PAST, {"id": OTHER, "version": 99}),
        (PAST, {"id": OTHER, "version": -1}),
        (PAST, {"id": DELETED, "version": 1}),
        (PAST, {"id": DELETED, "version": 2}),
        (PAST, {"id": MISSING, "version": 1}),
        (PAST, {"id": OTHER, "at": "2020-01-01T00:00:00Z"}),
        (PAST, {"id": MISSING, "at": "2020-01-01T00:00:00Z"}),
        (PAST, {"id": OTHER}),
        (MERGED, None),
        (LIST, {"first": 1}),
        (LIST, {"first": 0}),
        (LIST, {"last": 5, "collection": None}),
        (LIST, {"last": 1, "before": CURSOR}),
        (LIST, {"last": 1, "before": CURSOR, "collection": "people"}),
        (LIST, {"after": CURSOR, "collection": "nobody"}),
        (GRAPH, {"relation": "knows", "first": 1}),
        (GRAPH, {"first": 0}),
        (HISTORY, {"first": 1, "after": str(RevisionCursor(2))}),
        (HISTORY, None),
        (ASKED, None),
        (ASKED, {"filter": {"payload": [{"path": "", "number": {"gte": 1}}]}, "first": 1}),
        (ASKED, {"filter": {"payload": [{"path": "a.b", "exists": False}]}, "last": 1}),
        (ASKED, {"filter": {"or": [{"version": {"in": [1, 2.5]}}, {"not": {"id": {"eq": ID}}}]}}),
        (ASKED, {"filter": {"tags": {"contains": ["b'"]}, "createdAt": {"gt": "2020-01-01T00:00:00+02:00"}}}),
        (ASKED, {"order": [{"payload": "a"}, {"attribute": "VERSION", "direction": "DESC"}], "first": 1}),
        (ASKED, {"order": [{"attribute": "DELETED_AT", "direction": "DESC"}], "deleted": True}),
        (ASKED, {"search": "nothing OR 2"}),
        (ASKED, {"tags": ["b'", "b'", '"'], "deleted": True}),
        (ASKED, {"path": '"é\u2028"[0]'}),
        (ASKED, {"path": "none.at.all"}),
        ('{ records { nodes { payload(path: "[0]") whole: payload deletedAt } } }', None),
        ("{ records { __typename } collections(last: 1) { nodes { name } } }", None),
        ("{ records { pageInfo { startCursor } a: nodes { id } b: edges { node { tags } cursor } } }", None),
    ],
)
async def test_reads_at_once(service: BothWays, query: str, variables: dict[str, Any] | None) -> None:
    answer = await service.answer(query, variables)

    assert "errors" not in answer.json()
    assert service.tally == Tally(compiled=1, interpreted=0)


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        ("query ($id: UUID!) { record(id: $id) { id } }", {"id": "nobody"}),
        ("query ($id: UUID!) { record(id: $id) { id } }", None),
        ('{ node(id: "collection:\u00fc") { id } nodes(ids: ["x"]) { id } }', None),
        ("{ __schema { queryType { name } } }", None),
        ("{ record { id } }", None),
        ("{ record(", None),
        ("{ records(first: 1001) { totalCount } }", None),
        ("{ records(first: 3, last: 2) { totalCount } }", None),
        ("query ($after: String) { records(after: $after) { totalCount } }", {"after": "garbage"}),
        ('{ records(collection: "\u00fc") { totalCount } }', None),
        ('{ collection(name: "\\ud800") { id } }', None),
        ('{ records(filter: {payload: [{path: "a b..c", exists: true}]}) { totalCount } }', None),
        ('{ records(filter: {payload: [{path: "a", eq: "\\u0000"}]}) { totalCount } }', None),
        ("{ records(filter: {version: null}) { totalCount } }", None),
        ("{ records(orderBy: [{}]) { totalCount } }", None),
        ('{ records(search: "\\ud800") { totalCount } }', None),
        ('{ records(tags: [""]) { totalCount } }', None),
        (PAST, {"id": ID, "version": 1, "at": "2020-01-01T00:00:00Z"}),
        ('{ records { nodes { payload(path: "..") } } }', None),
        ("query ($path: String) { records { nodes { payload(path: $path) } } }", {"path": "a" * 1001}),
    ],
)
async def test_leaves_the_rest_to_the_resolvers(
    service: BothWays, query: str, variables: dict[str, Any] | None
) -> None:
    await service.answer(query, variables)

    assert service.tally == Tally(compiled=0, interpreted=1)


async def test_reads_the_operation_that_is_named(service: BothWays) -> None:
    query = "query One { __typename } query Two { two: __typename }"

    two = await service.answer(query, operationName="Two")
    one = await service.answer(query, operationName="One")
    refused = await service.answer(query, operationName="Three")

    assert (one.json()["data"], two.json()["data"]) == ({"__typename": "Query"}, {"two": "Query"})
    assert refused.status_code == 400


async def test_reads_the_past(service: BothWays) -> None:
    query = """
    query ($at: DateTime!) {
      records(asOf: $at, orderBy: [{payload: ""}]) { totalCount edges { cursor node { version payload updatedAt } } }
    }
    """
    then = datetime.now(UTC).isoformat()
    await service.compiling.put(f"/records/{OTHER}", json={"payload": "now"})

    answer = await service.answer(query, {"at": then})
    refused = await service.compiling.post(
        "/graphql", json={"query": query, "variables": {"at": "2999-01-01T00:00:00Z"}}
    )

    assert answer.json()["data"]["records"]["edges"][0]["node"]["payload"] == 2
    assert refused.json()["errors"][0]["extensions"]["code"] == "time_not_come"
    assert service.tally == Tally(compiled=1, interpreted=1)


async def test_reads_one_record_of_the_past(service: BothWays, engines: Engines) -> None:
    then = datetime.now(UTC).isoformat()
    await service.compiling.delete(f"/records/{OTHER}")
    await service.compiling.delete(f"/records/{ID}")
    now = datetime.now(UTC).isoformat()

    before = await service.answer(PAST, {"id": ID, "at": then})
    after = await service.answer(PAST, {"id": ID, "at": now})
    async with engines.write.begin() as connection:
        await connection.execute(text("DELETE FROM revisions WHERE version < 2"))
    gone = [await service.answer(PAST, {"id": ID, **when}) for when in ({"at": then}, {"version": 1})]

    assert before.json()["data"]["record"]["version"] == 1
    assert after.json()["data"]["record"] is None
    assert {answer.json()["errors"][0]["extensions"]["code"] for answer in gone} == {"history_not_kept"}
    assert service.tally == Tally(compiled=2, interpreted=2)


@pytest.mark.parametrize(
    ("selected", "payload", "tags"),
    [
        ("nodes { id }", False, False),
        ("edges { node { ...P } } totalCount", True, False),
        ("nodes { ... on Node { id } ... { tags } links { nodes { payload } } }", False, True),
        ('a: nodes { payload(path: "a") } b: edges { cursor node { tags } }', True, True),
    ],
)
async def test_reads_no_more_than_is_selected_without_compiling(
    service: BothWays, engines: Engines, *, selected: str, payload: bool, tags: bool
) -> None:
    fragment = "fragment P on Record { payload }" if "...P" in selected else ""
    query = f"{{ records(first: 3, last: 2) {{ {selected} }} }} {fragment}"

    with statements_of(engines) as statements:
        answer = await service.interpreting.post("/graphql", json={"query": query})

    (listed,) = [each for each in statements if "LIMIT" in each and "link_view" not in each]
    assert "errors" not in answer.json()
    assert ("record_view.payload" in listed, "record_view.tags" in listed) == (payload, tags)


async def test_keeps_one_statement_for_questions_that_differ_in_values(
    service: BothWays, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Shape] = []
    alone = Statement.alone

    def counted(shape: Shape) -> Statement:
        made.append(shape)
        return alone(shape)

    monkeypatch.setattr(Statement, "alone", counted)
    query = "query ($filter: RecordFilter!) { records(filter: $filter) { nodes { id } } }"

    for value in (1, 2, 3.5):
        answer = await service.answer(query, {"filter": {"payload": [{"path": "", "eq": value}]}})
        assert [node["id"] for node in answer.json()["data"]["records"]["nodes"]] == [OTHER] * (value == 2)

    assert service.tally == Tally(compiled=3, interpreted=0)
    assert len(made) == 1


async def test_reads_a_graph(service: BothWays) -> None:
    answer = await service.answer(GRAPH, {"relation": "knows", "first": 1})

    links = answer.json()["data"]["records"]["nodes"][0]["links"]
    assert (links["totalCount"], links["pageInfo"]["hasNextPage"]) == (2, True)
    assert links["edges"][0]["node"]["backlinks"]["totalCount"] == 2


async def test_asks_again_where_the_authorization_has_to_know_the_ids(sql_settings: Settings, engines: Engines) -> None:
    class NobodyFollowsMany:
        async def authorize(self, message: Message[Any], actor: Actor, /) -> Message[Any]:
            if isinstance(message, FollowLinks) and len(message.ids) > 1:
                raise Forbidden(f"{actor.id} may not follow the links of {len(message.ids)} records.")
            return message

    mediator = build_mediator(engines, Limits(), {Authorization: NobodyFollowsMany})
    async with both_ways(sql_settings, mediator) as service:
        for _ in range(2):
            await service.compiling.post("/records", json={"payload": 1})
        one = await service.answer("{ records(first: 1) { nodes { links { totalCount nodes { id } } } } }")
        two = await service.answer("{ records(first: 2) { nodes { links { totalCount nodes { id } } } } }")

    assert "errors" not in one.json()
    assert two.json()["errors"][0]["extensions"]["code"] == "forbidden"
    assert service.tally == Tally(compiled=0, interpreted=2)


async def test_tells_an_integer_that_is_none_of_graphql(service: BothWays, engines: Engines) -> None:
    async with engines.write.begin() as connection:
        await connection.execute(text("UPDATE records SET version = 2147483648"))

    answer = await service.answer("query ($id: UUID!) { record(id: $id) { id version } }", {"id": ID})

    assert answer.json()["errors"][0]["path"] == ["record", "version"]


async def test_asks_the_authorization_for_each_field(sql_settings: Settings, engines: Engines) -> None:
    class NobodyGets:
        async def authorize(self, message: Message[Any], actor: Actor, /) -> Message[Any]:
            if isinstance(message, GetRecord):
                raise Forbidden(f"{actor.id} may not.")
            return message

    mediator = build_mediator(engines, Limits(), {Authorization: NobodyGets})
    async with both_ways(sql_settings, mediator) as service:
        answer = await service.answer(f'{{ collection(name: "a") {{ id }} mine: record(id: "{ID}") {{ id }} }}')

    assert answer.json()["data"] == {"collection": None, "mine": None}
    assert [(error["path"], error["extensions"]["code"]) for error in answer.json()["errors"]] == [
        (["mine"], "forbidden")
    ]
