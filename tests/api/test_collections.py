"""Collections over REST; what they do is tested in tests/contract."""

import httpx
import pytest

SCHEMA = {"type": "object", "required": ["name"]}


async def test_puts_reads_and_deletes_one(client: httpx.AsyncClient) -> None:
    made = await client.put("/collections/people", json={"schema": SCHEMA})
    read = await client.get("/collections/people")
    known = await client.get("/collections/people", headers={"If-None-Match": '"1"'})
    stale = await client.put("/collections/people", json={}, headers={"If-Match": '"9"'})
    changed = await client.put("/collections/people", json={"schema": None}, headers={"If-Match": '"1"'})
    deleted = await client.delete("/collections/people", headers={"If-Match": '"2"'})
    gone = await client.get("/collections/people")

    assert (made.status_code, made.headers["location"], made.headers["etag"]) == (201, "/collections/people", '"1"')
    assert read.json() == made.json()
    assert read.json()["schema"] == SCHEMA
    assert (known.status_code, stale.status_code) == (304, 412)
    assert (changed.status_code, changed.json()["schema"], changed.headers["etag"]) == (200, None, '"2"')
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert (gone.status_code, gone.json()["code"]) == (404, "collection_not_found")


async def test_a_payload_that_does_not_fit_is_shown_its_bad_parts(client: httpx.AsyncClient) -> None:
    schema = {"properties": {"name": {"type": "string"}, "tags/x": {"type": "array"}}}
    await client.put("/collections/people", json={"schema": schema})

    answer = await client.post("/records", json={"collection": "people", "payload": {"name": 1, "tags/x": 2}})

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (409, "schema_violated")
    assert {error["pointer"] for error in problem["errors"]} == {"#/payload/name", "#/payload/tags~1x"}


async def test_one_in_use_is_409(client: httpx.AsyncClient) -> None:
    await client.post("/records", json={"payload": 1})

    answer = await client.delete("/collections/default")

    assert (answer.status_code, answer.json()["code"]) == (409, "collection_not_empty")


async def test_lists_them_page_by_page(client: httpx.AsyncClient) -> None:
    for name in ("b", "a", "c"):
        await client.put(f"/collections/{name}", json={})

    first = await client.get("/collections", params={"limit": 2})
    second = await client.get(first.links["next"]["url"])

    assert [item["name"] for item in first.json()["items"] + second.json()["items"]] == ["b", "a", "c"]
    assert second.json()["next_cursor"] is None


@pytest.mark.parametrize(
    ("name", "body", "pointer"),
    [("people", {"schema": {"type": "person"}}, "#/schema/type"), ("people", {"scheme": {}}, "#/scheme")],
)
async def test_refuses_what_is_no_collection(
    client: httpx.AsyncClient, name: str, body: dict[str, object], pointer: str
) -> None:
    answer = await client.put(f"/collections/{name}", json=body)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer


async def test_refuses_a_bad_name(client: httpx.AsyncClient) -> None:
    assert (await client.put("/collections/-x", json={})).status_code == 422
    assert (await client.get("/collections/a%20b")).status_code == 422
