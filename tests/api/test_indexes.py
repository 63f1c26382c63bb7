"""Indexes over REST and GraphQL."""

from typing import Any

import httpx

CREATE = """mutation ($input: IndexInput!) {
  createIndex(input: $input) { index { path state progress } userErrors { code path } }
}"""
DROP = "mutation ($input: IndexInput!) { dropIndex(input: $input) { dropped userErrors { code path } } }"
LIST = "{ collections { nodes { name indexes { path state size } } } }"


async def ask(client: httpx.AsyncClient, query: str, **variables: object) -> Any:  # noqa: ANN401 - JSON
    answer = (await client.post("/graphql", json={"query": query, "variables": variables})).json()
    assert "errors" not in answer, answer
    return answer["data"]


async def test_creates_shows_and_drops_an_index_over_rest(client: httpx.AsyncClient) -> None:
    await client.put("/collections/people", json={})
    address = "/collections/people/indexes/payload.age"

    made = await client.put(address)
    shown = await client.get(address)
    listed = await client.get("/collections/people/indexes")
    dropped = await client.delete(address)
    again = await client.delete(address)

    assert (made.status_code, shown.status_code) == (200, 200)
    assert made.json() == shown.json() == {"path": "payload.age", "state": "ready", "progress": None, "size": 0}
    assert listed.json() == {"items": [made.json()]}
    assert (dropped.status_code, again.status_code, again.json()["code"]) == (204, 404, "index_not_found")


async def test_refuses_what_cannot_have_an_index(client: httpx.AsyncClient) -> None:
    await client.put("/collections/people", json={})

    async def refusal(method: str, address: str) -> tuple[int, str]:
        answer = await client.request(method, f"/collections/{address}")
        return answer.status_code, answer.json()["code"]

    assert await refusal("PUT", "people/indexes/version") == (422, "validation_failed")
    assert await refusal("PUT", "nobody/indexes/payload.age") == (404, "collection_not_found")
    assert await refusal("GET", "nobody/indexes") == (404, "collection_not_found")
    assert await refusal("GET", "people/indexes/payload.age") == (404, "index_not_found")


async def test_creates_lists_and_drops_indexes_over_graphql(client: httpx.AsyncClient) -> None:
    for name in ("people", "cats"):
        await client.put(f"/collections/{name}", json={})
    index = {"collection": "people", "path": "payload.age"}

    made = await ask(client, CREATE, input=index)
    listed = await ask(client, LIST)
    dropped = await ask(client, DROP, input=index)
    again = await ask(client, DROP, input=index)
    lost = await ask(client, CREATE, input=index | {"collection": "nobody"})

    assert made["createIndex"] == {
        "index": {"path": "payload.age", "state": "ready", "progress": None},
        "userErrors": [],
    }
    assert {one["name"]: [index["path"] for index in one["indexes"]] for one in listed["collections"]["nodes"]} == {
        "people": ["payload.age"],
        "cats": [],
    }
    assert dropped["dropIndex"] == {"dropped": True, "userErrors": []}
    assert again["dropIndex"]["userErrors"] == [{"code": "index_not_found", "path": ["path"]}]
    assert lost["createIndex"]["userErrors"] == [{"code": "collection_not_found", "path": ["collection"]}]
