"""The past of records over GraphQL."""

from typing import Any

import httpx2
import pytest

from datastore_service.infrastructure.database.engine.pools import Engines
from tests.statements import statements_of


async def answer(client: httpx2.AsyncClient, query: str, **variables: object) -> dict[str, Any]:
    response = await client.post("/graphql", json={"query": query, "variables": variables})
    return response.json()


@pytest.fixture
async def record(client: httpx2.AsyncClient) -> dict[str, Any]:
    """A record that was created, patched and deleted."""
    record = (await client.post("/records", json={"payload": {"n": 1}, "tags": ["a"]})).json()
    merge_patch = {"Content-Type": "application/merge-patch+json"}
    await client.patch(f"/records/{record['id']}", json={"payload": {"n": 2}}, headers=merge_patch)
    await client.delete(f"/records/{record['id']}")
    return record


RESTORE = "mutation ($id: UUID!) { restoreRecord(input: {id: $id}) { record { version payload } userErrors { code } } }"

HISTORY = """
query ($id: UUID!, $first: Int, $after: String) {
  record(id: $id) {
    revisions(first: $first, after: $after) {
      edges { cursor node { version operation payload tags actor correlationId recordId collection at diff } }
      nodes { version }
      pageInfo { hasNextPage hasPreviousPage endCursor }
    }
  }
}
"""


async def test_a_history_is_a_connection(client: httpx2.AsyncClient, record: dict[str, Any]) -> None:
    await answer(client, RESTORE, id=record["id"])

    first = (await answer(client, HISTORY, id=record["id"], first=3))["data"]["record"]["revisions"]
    second = await answer(client, HISTORY, id=record["id"], first=3, after=first["pageInfo"]["endCursor"])

    nodes = [edge["node"] for edge in first["edges"] + second["data"]["record"]["revisions"]["edges"]]
    assert [(node["version"], node["operation"]) for node in nodes] == [
        (4, "restore"),
        (3, "delete"),
        (2, "patch"),
        (1, "create"),
    ]
    assert [node["diff"] for node in nodes] == [
        [],
        [],
        [{"op": "replace", "path": "/payload/n", "value": 2}],
        None,
    ]
    assert (nodes[3]["recordId"], nodes[3]["collection"], nodes[3]["actor"]) == (record["id"], "default", "anonymous")
    assert nodes[3]["at"] == record["updated_at"]
    assert [node["version"] for node in first["nodes"]] == [4, 3, 2]
    assert first["pageInfo"]["hasNextPage"]
    assert not first["pageInfo"]["hasPreviousPage"]


async def test_a_record_is_read_as_it_was(client: httpx2.AsyncClient, record: dict[str, Any]) -> None:
    query = """
    query ($id: UUID!, $at: DateTime) {
      first: record(id: $id, version: 1) { version payload }
      gone: record(id: $id, version: 3) { version }
      never: record(id: $id, version: 9) { version }
      then: record(id: $id, asOf: $at) { version payload tags updatedAt }
      before: record(id: $id, asOf: "2000-01-01T00:00:00Z") { version }
      now: record(id: $id) { version }
      records(asOf: $at) { nodes { version } totalCount }
    }
    """

    data = (await answer(client, query, id=record["id"], at=record["updated_at"]))["data"]

    assert data == {
        "first": {"version": 1, "payload": {"n": 1}},
        "gone": None,
        "never": None,
        "then": {"version": 1, "payload": {"n": 1}, "tags": ["a"], "updatedAt": record["updated_at"]},
        "before": None,
        "now": None,
        "records": {"nodes": [{"version": 1}], "totalCount": 1},
    }


async def test_a_time_that_has_not_come_is_refused(client: httpx2.AsyncClient, record: dict[str, Any]) -> None:
    query = 'query ($id: UUID!) { record(id: $id, asOf: "2100-01-01T00:00:00Z") { version } }'

    result = await answer(client, query, id=record["id"])

    assert result["errors"][0]["extensions"]["code"] == "as_of_in_future"


async def test_restores_and_reverts(client: httpx2.AsyncClient, record: dict[str, Any]) -> None:
    revert = """
    mutation ($id: UUID!, $version: Int!, $expected: Int) {
      revertRecord(input: {id: $id, version: $version, expectedVersion: $expected}) {
        record { version payload } userErrors { code path currentVersion }
      }
    }
    """

    restored = (await answer(client, RESTORE, id=record["id"]))["data"]["restoreRecord"]
    again = (await answer(client, RESTORE, id=record["id"]))["data"]["restoreRecord"]
    reverted = (await answer(client, revert, id=record["id"], version=1, expected=4))["data"]["revertRecord"]
    stale = (await answer(client, revert, id=record["id"], version=1, expected=4))["data"]["revertRecord"]
    never = (await answer(client, revert, id=record["id"], version=9, expected=None))["data"]["revertRecord"]

    assert restored == {"record": {"version": 4, "payload": {"n": 2}}, "userErrors": []}
    assert again == {"record": None, "userErrors": [{"code": "record_not_deleted"}]}
    assert reverted == {"record": {"version": 5, "payload": {"n": 1}}, "userErrors": []}
    assert stale["userErrors"] == [{"code": "precondition_failed", "path": ["expectedVersion"], "currentVersion": 5}]
    assert never["userErrors"] == [{"code": "revision_not_found", "path": ["version"], "currentVersion": None}]


async def test_a_precondition_is_left_out_by_a_variable_without_a_value(
    client: httpx2.AsyncClient, record: dict[str, Any]
) -> None:
    patch = """
    mutation ($id: UUID!, $expected: Int) {
      applyBatch(input: {operations: [{patch: {id: $id, patch: {payload: 1}, expectedVersion: $expected}}]}) {
        results { record { version } } userErrors { code }
      }
    }
    """
    await answer(client, RESTORE, id=record["id"])

    without = (await answer(client, patch, id=record["id"]))["data"]["applyBatch"]
    stale = (await answer(client, patch, id=record["id"], expected=4))["data"]["applyBatch"]

    assert without == {"results": [{"record": {"version": 5}}], "userErrors": []}
    assert [error["code"] for error in stale["userErrors"]] == ["precondition_failed"]


async def test_a_preview_of_a_revert_does_not_become_the_revert(
    client: httpx2.AsyncClient, record: dict[str, Any]
) -> None:
    revert = """
    mutation ($at: DateTime!, $dryRun: Boolean) {
      revertCollection(input: {name: "people", asOf: $at, dryRun: $dryRun}) { records { id } }
    }
    """

    refused = await answer(client, revert, at=record["updated_at"])

    assert "$dryRun stands within an input and has no value" in refused["errors"][0]["message"]
    assert not refused.get("data")


async def test_the_histories_of_a_list_are_read_with_one_message(
    client: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(3):
        await client.post("/records", json={"payload": number})

    with caplog.at_level("INFO"):
        result = await answer(client, "{ records { nodes { revisions(first: 1) { nodes { version } } } } }")

    nodes = result["data"]["records"]["nodes"]
    assert [node["revisions"]["nodes"] for node in nodes] == [[{"version": 1}]] * 3
    assert sum(message.getMessage() == "ListRevisions: ok" for message in caplog.records) == 1


async def test_a_collection_is_reverted_and_says_what_it_keeps(client: httpx2.AsyncClient) -> None:
    put = """
    mutation ($kept: RetentionInput) {
      putCollection(input: {name: "people", retention: $kept}) {
        collection { retention { revisions days } } userErrors { code path }
      }
    }
    """
    revert = """
    mutation ($at: DateTime!, $dryRun: Boolean!) {
      revertCollection(input: {name: "people", asOf: $at, dryRun: $dryRun}) {
        records { id operation version toVersion } userErrors { code path }
      }
    }
    """
    kept = (await answer(client, put, kept={"revisions": 5}))["data"]["putCollection"]
    neither = (await answer(client, put, kept={}))["data"]["putCollection"]
    record = (await client.post("/records", json={"collection": "people", "payload": 1})).json()
    await client.delete(f"/records/{record['id']}")

    preview = (await answer(client, revert, at=record["updated_at"], dryRun=True))["data"]["revertCollection"]
    done = (await answer(client, revert, at=record["updated_at"], dryRun=False))["data"]["revertCollection"]
    early = (await answer(client, revert, at="2100-01-01T00:00:00Z", dryRun=False))["data"]["revertCollection"]

    assert kept["collection"] == {"retention": {"revisions": 5, "days": None}}
    assert neither["userErrors"] == [{"code": "validation_failed", "path": ["retention"]}]
    assert preview == done
    assert done["records"] == [{"id": record["id"], "operation": "revert", "version": 3, "toVersion": 1}]
    assert early["userErrors"] == [{"code": "as_of_in_future", "path": ["asOf"]}]
    assert (await client.get(f"/records/{record['id']}")).json()["payload"] == 1


async def test_each_mutation_of_a_request_sees_the_history_as_it_is_then(
    client: httpx2.AsyncClient, record: dict[str, Any]
) -> None:
    query = """
    mutation ($id: UUID!) {
      first: restoreRecord(input: {id: $id}) { record { revisions(first: 1) { nodes { version } } } }
      second: revertRecord(input: {id: $id, version: 1}) { record { revisions(first: 1) { nodes { version } } } }
    }
    """

    data = (await answer(client, query, id=record["id"]))["data"]

    newest = [data[field]["record"]["revisions"]["nodes"] for field in ("first", "second")]
    assert newest == [[{"version": 4}], [{"version": 5}]]


REVISIONS = "revisions(first: 2) { edges { cursor node { version operation payload %s } } pageInfo { hasNextPage } }"


@pytest.mark.parametrize("diff", ["", "diff"], ids=["compiled", "left to Strawberry"])
async def test_the_number_of_statements_does_not_depend_on_the_number_of_histories(
    sql_client: httpx2.AsyncClient, engines: Engines, diff: str
) -> None:
    query = '{ records(collection: "people") { nodes { %s links { nodes { %s } } } } }' % ((REVISIONS % diff,) * 2)
    asked: list[int] = []
    for width in (1, 2, 4):
        for number in range(width):
            record = (await sql_client.post("/records", json={"collection": "people", "payload": number})).json()
            await sql_client.put(f"/records/{record['id']}", json={"collection": "people", "payload": [number]})
            await sql_client.put(f"/records/{record['id']}/links/self/{record['id']}")
        with statements_of(engines) as statements:
            result = await answer(sql_client, query)
        asked.append(len(statements))
        nodes = result["data"]["records"]["nodes"]
        for history in [
            node["revisions"] for node in (*nodes, *(linked for node in nodes for linked in node["links"]["nodes"]))
        ]:
            assert [edge["node"]["version"] for edge in history["edges"]] == [2, 1]

    assert asked == [4 if diff else 1] * 3
