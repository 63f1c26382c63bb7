"""Batches and collections over GraphQL; what they do is tested in tests/contract."""

from typing import Any

import httpx2

APPLY = """mutation ($input: ApplyBatchInput!) {
  applyBatch(input: $input) {
    results { id created record { version payload } }
    userErrors { code path currentVersion }
  }
}"""


async def apply(client: httpx2.AsyncClient, *operations: dict[str, Any]) -> dict[str, Any]:
    variables = {"input": {"operations": operations}}
    answer = await client.post("/graphql", json={"query": APPLY, "variables": variables})
    assert "errors" not in answer.json(), answer.text
    return answer.json()["data"]["applyBatch"]


async def ask(client: httpx2.AsyncClient, query: str) -> dict[str, Any]:
    answer = await client.post("/graphql", json={"query": query})
    assert "errors" not in answer.json(), answer.text
    return answer.json()["data"]


async def test_applies_operations_of_every_kind(client: httpx2.AsyncClient) -> None:
    applied = await apply(
        client,
        {"create": {"lid": "ada", "payload": {"name": "Ada"}}},
        {"create": {"payload": {}, "refs": [{"pointer": "/by", "lid": "ada"}]}},
        {"patch": {"lid": "ada", "patch": {"payload": {"born": 1815}}, "expectedVersion": 1}},
        {"patch": {"lid": "ada", "patch": [{"op": "remove", "path": "/payload/name"}]}},
        {"replace": {"lid": "ada", "payload": None, "expectExisting": True}},
        {"delete": {"lid": "ada"}},
    )

    assert applied["userErrors"] == []
    assert [(one["created"], one["record"] and one["record"]["payload"]) for one in applied["results"]] == [
        (True, {"name": "Ada"}),
        (True, {"by": applied["results"][0]["id"]}),
        (False, {"name": "Ada", "born": 1815}),
        (False, {"born": 1815}),
        (False, None),
        (False, None),
    ]


async def test_says_which_operation_is_refused_and_why(client: httpx2.AsyncClient) -> None:
    first = {"create": {"lid": "x", "payload": 1}}

    stale = await apply(client, first, {"replace": {"lid": "x", "payload": 2, "expectedVersion": 7}})
    unfit = await apply(client, first, {"create": {"payload": {"a": "\x00"}}})
    lost = await apply(
        client, first, {"patch": {"lid": "x", "patch": [{"op": "test", "path": "/payload", "value": 2}]}}
    )
    nameless = await apply(client, first, {"delete": {}})

    assert [refused["results"] for refused in (stale, unfit, lost, nameless)] == [None] * 4
    assert [refused["userErrors"][0] for refused in (stale, unfit, lost, nameless)] == [
        {"code": "precondition_failed", "path": ["operations", "1", "expectedVersion"], "currentVersion": 1},
        {"code": "validation_failed", "path": ["operations", "1", "payload", "a"], "currentVersion": None},
        {"code": "patch_test_failed", "path": ["operations", "1", "patch", "0", "value"], "currentVersion": None},
        {"code": "validation_failed", "path": ["operations", "1", "id"], "currentVersion": None},
    ]
    assert (await ask(client, "{ records { totalCount } }"))["records"]["totalCount"] == 0


async def test_puts_reads_lists_and_deletes_collections(client: httpx2.AsyncClient) -> None:
    put = await ask(
        client,
        """mutation {
          a: putCollection(input: {name: "a", schema: {type: "object"}}) { created collection { id version schema } }
          b: putCollection(input: {name: "b"}) { collection { schema } }
          again: putCollection(input: {name: "b", expectedVersion: 7}) { userErrors { code currentVersion } }
          bad: putCollection(input: {name: "c", schema: {type: "nothing"}}) { userErrors { code path } }
        }""",
    )
    read = await ask(
        client,
        """{
          collection(name: "a") { name schema }
          none: collection(name: "none") { name }
          node(id: "collection:b") { __typename id }
          nodes(ids: ["collection:a", "collection:none"]) { id }
          collections(first: 1) { nodes { name } pageInfo { hasNextPage hasPreviousPage endCursor } }
          last: collections(last: 1) { edges { node { name } } pageInfo { hasPreviousPage } }
        }""",
    )
    deleted = await ask(
        client,
        """mutation {
          one: deleteCollection(input: {name: "b"}) { name userErrors { code } }
          two: deleteCollection(input: {name: "b"}) { name userErrors { code path } }
        }""",
    )

    assert put["a"] == {
        "created": True,
        "collection": {"id": "collection:a", "version": 1, "schema": {"type": "object"}},
    }
    assert put["b"]["collection"]["schema"] is None
    assert put["again"]["userErrors"] == [{"code": "precondition_failed", "currentVersion": 1}]
    assert put["bad"]["userErrors"] == [{"code": "validation_failed", "path": ["schema", "type"]}]
    assert read["collection"] == {"name": "a", "schema": {"type": "object"}}
    assert read["none"] is None
    assert read["node"] == {"__typename": "Collection", "id": "collection:b"}
    assert read["nodes"] == [{"id": "collection:a"}, None]
    assert read["collections"]["nodes"] == [{"name": "a"}]
    assert read["collections"]["pageInfo"]["hasNextPage"]
    assert read["last"] == {"edges": [{"node": {"name": "b"}}], "pageInfo": {"hasPreviousPage": True}}
    assert deleted["one"] == {"name": "b", "userErrors": []}
    assert deleted["two"] == {"name": None, "userErrors": [{"code": "collection_not_found", "path": ["name"]}]}


async def test_a_payload_that_does_not_fit_its_schema_is_a_user_error(client: httpx2.AsyncClient) -> None:
    await ask(client, 'mutation { putCollection(input: {name: "a", schema: {required: ["x"]}}) { created } }')

    refused = await ask(
        client, 'mutation { createRecord(input: {collection: "a", payload: {}}) { userErrors { code path } } }'
    )

    assert refused["createRecord"]["userErrors"] == [{"code": "schema_violated", "path": ["payload"]}]


async def test_patches_by_json_patch_too(client: httpx2.AsyncClient) -> None:
    created = await ask(client, "mutation { createRecord(input: {payload: {a: 1}}) { record { id } } }")
    record_id = created["createRecord"]["record"]["id"]

    patched = await ask(
        client,
        f"""mutation {{
          good: patchRecord(input: {{id: "{record_id}", patch: [{{op: "remove", path: "/payload/a"}}]}}) {{
            record {{ payload }}
          }}
          bad: patchRecord(input: {{id: "{record_id}", patch: [{{op: "remove"}}]}}) {{ userErrors {{ code path }} }}
        }}""",
    )

    assert patched["good"]["record"]["payload"] == {}
    assert patched["bad"]["userErrors"] == [{"code": "malformed_patch", "path": ["patch", "0", "path"]}]


async def test_links_and_unlinks_what_the_same_batch_makes(client: httpx2.AsyncClient) -> None:
    create = [{"create": {"lid": lid, "payload": lid}} for lid in ("ada", "book")]
    link = {"sourceLid": "book", "relation": "author", "targetLid": "ada"}

    applied = await apply(client, *create, {"link": link}, {"unlink": link})
    refused = await apply(client, *create, {"link": link | {"source": applied["results"][0]["id"]}})

    assert [one["created"] for one in applied["results"]] == [True, True, True, False]
    assert [(error["code"], error["path"]) for error in refused["userErrors"]] == [
        ("validation_failed", ["operations", "2", "source"])
    ]
