"""A query that is compiled is answered as the resolvers answer it, and is known to have been compiled: what only reads.

These tests share one store, which the first of them fills; none of them changes it.
"""

import json
from collections.abc import AsyncGenerator
from typing import Any, Final
from uuid import UUID

import httpx2
import pytest

from datastore_service.api.graphql.compiler.answers import Tally
from datastore_service.application.limits import Limits
from datastore_service.application.read.criteria.record_criteria import EVERYTHING
from datastore_service.application.read.cursors import CursorSigner
from datastore_service.application.read.history import RevisionCursor
from datastore_service.application.read.pagination import Cursor
from datastore_service.bootstrap import build_application
from datastore_service.config.settings import Settings
from datastore_service.infrastructure.database.engine.pools import Engines
from tests.both_ways import BothWays, both_ways

ID: Final = "01a210d2-60bc-70f9-9dd6-c14b2b5c84b9"
DELETED: Final = "01a210d2-60bc-70f9-9dd6-c14b2b5c84ba"
MISSING: Final = "01a210d2-60bc-70f9-9dd6-c14b2b5c84bb"
OTHER: Final = "01a210d2-60bc-70f9-9dd6-c14b2b5c84bc"
ALL: Final = "id __typename collection version payload tags createdAt updatedAt"


async def fill(client: httpx2.AsyncClient) -> None:
    payload = {"é\u2028": ["\u0001'\"\\", 1e400, 12345678901234567890123], "a": None}
    body = json.dumps({"id": ID, "collection": "people", "payload": payload, "tags": ['"', "b'", "\u0007"]})
    await client.post(
        "/records", content=body.replace("Infinity", "1e400"), headers={"Content-Type": "application/json"}
    )
    await client.put(f"/records/{OTHER}", json={"payload": 2})
    for relation, target in (("knows", OTHER), ("owns", OTHER), ("knows", ID)):
        await client.put(f"/records/{ID}/links/{relation}/{target}")
    for version in range(3):
        await client.put(f"/records/{OTHER}", json={"payload": version})
    await client.put(f"/records/{DELETED}", json={"payload": 1})
    await client.delete(f"/records/{DELETED}")


@pytest.fixture(scope="module")
async def filled(sql_settings: Settings, module_engines: Engines) -> AsyncGenerator[BothWays]:
    application = build_application(module_engines, Limits())
    async with both_ways(sql_settings, application.mediator) as service:
        await fill(service.compiling)
        yield service
    await application.changes.close()


@pytest.fixture
def service(filled: BothWays) -> BothWays:
    filled.tally.compiled = filled.tally.interpreted = 0
    return filled


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
