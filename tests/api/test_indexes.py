"""Indexes over REST and GraphQL."""

from typing import Any

import httpx2
import pytest

from datastore_service.application.fields import PayloadPath

CREATE = """mutation ($input: IndexInput!) {
  createIndex(input: $input) { index { path state progress } userErrors { code path } }
}"""
DROP = "mutation ($input: IndexInput!) { dropIndex(input: $input) { dropped userErrors { code path } } }"
LIST = "{ collections { nodes { name indexes { path state size } } } }"


async def ask(client: httpx2.AsyncClient, query: str, **variables: object) -> Any:  # noqa: ANN401 - JSON
    answer = (await client.post("/graphql", json={"query": query, "variables": variables})).json()
    assert "errors" not in answer, answer
    return answer["data"]


async def test_creates_shows_and_drops_an_index_over_rest(client: httpx2.AsyncClient) -> None:
    await client.put("/collections/people", json={})
    address = "/collections/people/indexes/payload.age"

    made = await client.put(address)
    shown = await client.get(address)
    listed = await client.get("/collections/people/indexes")
    dropped = await client.delete(address)
    again = await client.delete(address)

    assert (made.status_code, shown.status_code) == (200, 200)
    expected = {"path": "payload.age", "state": "ready", "progress": None, "size": 0, "failure": None}
    assert made.json() == shown.json() == expected
    assert listed.json() == {"items": [made.json()]}
    assert (dropped.status_code, again.status_code, again.json()["code"]) == (204, 404, "index_not_found")


@pytest.mark.parametrize(
    ("key", "written"),
    [
        ("a/b", "payload.a%2Fb"),
        ("a/b", "payload.a/b"),
        ("a/b", "payload.%22a%2Fb%22"),
        ("/a//b/", "payload.%22%2Fa%2F%2Fb%2F%22"),
        ("a/b/c/d/e/f", "payload.%22a%2Fb%2Fc/d/e/f%22"),
        ("indexes/payload.x", "payload.%22indexes%2Fpayload.x%22"),
        ("a%2Fb", "payload.%22a%252Fb%22"),
        ("100%", "payload.%22100%25%22"),
        ("a?b#c", "payload.%22a%3Fb%23c%22"),
        ("a b", "payload.%22a%20b%22"),
        ("a+b", "payload.%22a+b%22"),
        ("é\n", "payload.%22%C3%A9%5Cn%22"),
        ("é\n", "payload.%22%C3%A9%0A%22"),
        ("\n", "payload.%22%0A%22"),
    ],
)
async def test_keys_with_slashes_and_other_signs_of_addresses(
    client: httpx2.AsyncClient, key: str, written: str
) -> None:
    await client.put("/collections/people", json={})
    address, path = f"/collections/people/indexes/{written}", str(PayloadPath((key,)))

    made, shown = await client.put(address), await client.get(address)
    refused, dropped = await client.post(address), await client.delete(address)

    assert (made.status_code, made.json()["path"]) == (200, path)
    assert shown.json() == made.json()
    assert (refused.status_code, refused.headers["Allow"]) == (405, "GET, HEAD, PUT, DELETE, OPTIONS")
    assert (dropped.status_code, (await client.get(address)).status_code) == (204, 404)
    assert (await client.get("/collections/people/indexes/")).status_code == 404


@pytest.mark.parametrize("written", ["payload.a%0Ab", "payload.age%0A", "%0A", "payload.%0D%0A"])
@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_a_line_break_that_is_not_in_quotes_is_refused(
    client: httpx2.AsyncClient, method: str, written: str
) -> None:
    await client.put("/collections/people", json={})
    await client.put("/collections/people/indexes/payload.age")

    answer = await client.request(method, f"/collections/people/indexes/{written}")

    assert (answer.status_code, answer.json()["code"]) == (422, "validation_failed")
    assert "payload.items[0]" in answer.json()["detail"]
    assert (await client.get("/collections/people/indexes/payload.age")).status_code == 200


async def test_refuses_what_cannot_have_an_index(client: httpx2.AsyncClient) -> None:
    await client.put("/collections/people", json={})

    async def refusal(method: str, address: str) -> tuple[int, str]:
        answer = await client.request(method, f"/collections/{address}")
        return answer.status_code, answer.json()["code"]

    assert await refusal("PUT", "people/indexes/version") == (422, "validation_failed")
    assert await refusal("PUT", "nobody/indexes/payload.age") == (404, "collection_not_found")
    assert await refusal("GET", "nobody/indexes") == (404, "collection_not_found")
    assert await refusal("GET", "people/indexes/payload.age") == (404, "index_not_found")


async def test_creates_lists_and_drops_indexes_over_graphql(client: httpx2.AsyncClient) -> None:
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
