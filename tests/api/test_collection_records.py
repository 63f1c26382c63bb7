"""Records below their collections: the same as /records, for one collection each (adr/0102)."""

from typing import Any
from uuid import uuid4

import httpx2
import pytest

HERE, ELSEWHERE = "/collections/people/records", "/collections/books/records"
ADA = {"name": "Ada", "born": 1815}
MERGE_PATCH = {"Content-Type": "application/merge-patch+json"}


async def created(client: httpx2.AsyncClient, payload: object = ADA) -> str:
    answer = await client.post(HERE, json={"payload": payload})
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def test_a_record_is_made_read_changed_and_deleted_in_its_collection(client: httpx2.AsyncClient) -> None:
    made = await client.post(HERE, json={"payload": ADA, "tags": ["vip"]})
    one = f"{HERE}/{made.json()['id']}"
    read = await client.get(one)
    known = await client.get(one, headers={"If-None-Match": '"1"'})
    part = await client.get(one, params={"fields": "id,payload.name"})
    stale = await client.patch(one, json={"payload": {"born": 1816}}, headers={**MERGE_PATCH, "If-Match": '"9"'})
    patched = await client.patch(one, json={"payload": {"born": None}}, headers={**MERGE_PATCH, "If-Match": '"1"'})
    moved = await client.patch(
        one,
        content='[{"op": "add", "path": "/payload/city", "value": "London"}]',
        headers={"Content-Type": "application/json-patch+json", "Prefer": "return=minimal"},
    )
    replaced = await client.put(one, json={"payload": 1})
    past = await client.get(one, params={"version": 2})
    head, options = await client.head(one), await client.options(one)
    deleted = await client.delete(one, headers={"If-Match": '"4"'})
    gone = await client.get(one)

    assert (made.status_code, made.json()["collection"], made.headers["etag"]) == (201, "people", '"1"')
    assert made.headers["location"] == f"/records/{made.json()['id']}"
    assert (read.status_code, read.json()) == (200, made.json())
    assert (known.status_code, stale.status_code) == (304, 412)
    assert part.json() == {"id": made.json()["id"], "payload": {"name": "Ada"}}
    assert patched.json()["payload"] == past.json()["payload"] == {"name": "Ada"}
    assert (moved.status_code, moved.content, moved.headers["etag"]) == (204, b"", '"3"')
    assert (replaced.status_code, replaced.json()["version"]) == (200, 4)
    assert (head.status_code, head.headers["etag"], head.content) == (200, '"4"', b"")
    assert options.headers["allow"] == "GET, HEAD, PUT, PATCH, DELETE, OPTIONS"
    assert (deleted.status_code, gone.status_code, gone.json()["code"]) == (204, 410, "record_deleted")


async def test_a_record_of_another_collection_is_not_there(client: httpx2.AsyncClient) -> None:
    record_id, tombstone = await created(client), await created(client)
    await client.delete(f"/records/{tombstone}")
    asked: list[tuple[str, str, dict[str, Any]]] = [
        ("GET", "", {}),
        ("GET", "?version=1", {}),
        ("GET", "?version=7", {}),
        ("GET", "?fields=id", {}),
        ("GET", "?fields=id&version=1", {}),
        ("PATCH", "", {"json": {"payload": 2}, "headers": MERGE_PATCH}),
        ("DELETE", "", {}),
        ("GET", "/revisions", {}),
        ("POST", "/restore", {}),
        ("POST", "/revert", {"json": {"version": 1}}),
    ]

    for one in (record_id, tombstone):
        for method, rest, more in asked:
            answer = await client.request(method, f"{ELSEWHERE}/{one}{rest}", **more)
            assert (answer.status_code, answer.json()["code"]) == (404, "record_not_found"), (method, rest)
    put = await client.put(f"{ELSEWHERE}/{record_id}", json={"payload": 2})
    many = await client.post(f"{ELSEWHERE}/get", json={"ids": [record_id]})

    # A PUT would create it, but the id is taken.
    assert (put.status_code, put.json()["code"]) == (409, "collection_mismatch")
    assert many.json() == {"items": [], "missing": [record_id]}
    assert (await client.get(f"/records/{record_id}")).json()["version"] == 1


async def test_a_deleted_record_is_restored_and_reverted_in_its_collection(client: httpx2.AsyncClient) -> None:
    one = f"{HERE}/{await created(client)}"
    await client.put(one, json={"payload": 2})
    await client.delete(one)

    restored = await client.post(f"{one}/restore")
    reverted = await client.post(f"{one}/revert", json={"version": 1})
    history = await client.get(f"{one}/revisions", params={"limit": 2})
    rest = await client.get(history.links["next"]["url"])

    assert (restored.json()["payload"], reverted.json()["payload"]) == (2, ADA)
    versions = [revision["version"] for revision in (*history.json()["items"], *rest.json()["items"])]
    assert versions == [5, 4, 3, 2]
    assert history.links["next"]["url"].startswith(f"{one}/revisions?")


async def test_lists_searches_and_aggregates_have_the_records_of_the_collection(client: httpx2.AsyncClient) -> None:
    ids = [await created(client, {"n": n}) for n in range(3)]
    await client.post(ELSEWHERE, json={"payload": {"n": 7}})

    first = await client.get(HERE, params={"limit": 2, "sort": "-payload.n"})
    second = await client.get(first.links["next"]["url"])
    known = await client.get(HERE, headers={"If-None-Match": (await client.get(HERE)).headers["etag"]})
    filtered = await client.get(HERE, params={"filter[payload.n][gte]": 1, "fields": "payload.n"})
    found = await client.post(f"{HERE}/search", json={"filter": {"payload.n": {"lt": 2}}, "sort": ["payload.n"]})
    counted = await client.post(f"{HERE}/aggregate", json={"collection": "people"})
    many = await client.post(f"{HERE}/get", json={"ids": ids[:1]})
    explained = await client.get(HERE, params={"filter[payload.n]": 1}, headers={"Prefer": "explain"})

    listed = [item["id"] for item in (*first.json()["items"], *second.json()["items"])]
    assert listed == ids[::-1]
    assert first.links["next"]["url"].startswith(f"{HERE}?")
    assert known.status_code == 304
    assert filtered.json()["items"] == [{"payload": {"n": 1}}, {"payload": {"n": 2}}]
    assert [item["id"] for item in found.json()["items"]] == ids[:2]
    assert counted.json()["groups"] == [{"key": {}, "measures": {"count": 3}}]
    assert [item["id"] for item in many.json()["items"]] == ids[:1]
    assert explained.status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "", {"payload": 1}),
        ("PUT", "/01890a5d-ac96-774b-bcce-b302099a8057", {"payload": 1}),
        ("POST", "/search", {}),
        ("POST", "/aggregate", {}),
    ],
)
async def test_a_body_names_no_other_collection(
    client: httpx2.AsyncClient, method: str, path: str, body: dict[str, Any]
) -> None:
    other = await client.request(method, HERE + path, json={**body, "collection": "books"})
    same = await client.request(method, HERE + path, json={**body, "collection": "people"})

    assert (other.status_code, other.json()["code"]) == (422, "validation_failed")
    assert other.json()["errors"] == [
        {"pointer": "#/collection", "detail": "collection: 'books' is not 'people', which the path names."}
    ]
    assert same.status_code in (200, 201)


async def test_a_query_names_no_other_collection(client: httpx2.AsyncClient) -> None:
    other = await client.get(HERE, params={"collection": "books"})
    same = await client.get(HERE, params={"collection": "people"})
    unknown = await client.get(HERE, params={"collections": "people"})
    lenient = await client.get(HERE, params={"collections": "people"}, headers={"Prefer": "handling=lenient"})

    assert (other.status_code, other.json()["errors"][0]["parameter"]) == (422, "collection")
    assert (same.status_code, unknown.status_code, lenient.status_code) == (200, 422, 200)


async def test_a_repeated_request_is_carried_out_once(client: httpx2.AsyncClient) -> None:
    asked: dict[str, Any] = {"json": {"payload": ADA}, "headers": {"Idempotency-Key": "one"}}
    first, again = await client.post(HERE, **asked), await client.post(HERE, **asked)
    elsewhere = await client.post(ELSEWHERE, **asked)
    whole = await client.post(
        "/records", json={"collection": "people", "payload": ADA}, headers={"Idempotency-Key": "one"}
    )

    assert (again.json(), again.headers["idempotency-replayed"]) == (first.json(), "true")
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (422, "idempotency_key_reused")
    # The message is the same, whichever address it came by.
    assert whole.json() == first.json()


@pytest.mark.parametrize("name", ["a%20b", "x" * 129])
async def test_a_name_that_no_collection_has_is_told(client: httpx2.AsyncClient, name: str) -> None:
    for method, rest in (("GET", ""), ("POST", "/search"), ("GET", f"/{uuid4()}")):
        body: dict[str, Any] | None = {} if method == "POST" else None
        answer = await client.request(method, f"/collections/{name}/records{rest}", json=body)
        assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (422, "name")


async def test_methods_and_paths_that_there_are_not(client: httpx2.AsyncClient) -> None:
    wrong = await client.delete(HERE)
    malformed = await client.get(f"{HERE}/not-an-id")
    nowhere = await client.get(f"{HERE}/{uuid4()}/nothing")

    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, HEAD, POST, OPTIONS")
    assert (malformed.status_code, malformed.json()["errors"][0]["parameter"]) == (422, "record_id")
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "not_found")


async def test_a_schema_is_a_document_of_its_own(client: httpx2.AsyncClient) -> None:
    schema = {"type": "object", "properties": {"n": {"maximum": 12345678901234567890.125}}}
    await client.put("/collections/people", json={"schema": schema})

    served = await client.get("/collections/people/schema.json")
    known = await client.get("/collections/people/schema.json", headers={"If-None-Match": '"1"'})
    stale = await client.get("/collections/people/schema.json", headers={"If-Match": '"9"'})
    plain = await client.get("/collections/people/schema.json", headers={"Accept": "application/json"})
    refused = await client.get("/collections/people/schema.json", headers={"Accept": "text/html"})

    address = "http://localhost:8080/collections/people/schema.json"
    assert served.json() == {"$id": address, **schema}
    assert (served.headers["content-type"], served.headers["etag"]) == ("application/schema+json", '"1"')
    assert (known.status_code, stale.status_code, refused.status_code) == (304, 412, 406)
    assert plain.headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("schema", "rest"),
    [(True, {}), (False, {"not": {}}), ({"$id": "https://example.com/people"}, {"$id": "https://example.com/people"})],
)
async def test_any_schema_has_an_id(client: httpx2.AsyncClient, schema: object, rest: dict[str, Any]) -> None:
    await client.put("/collections/people", json={"schema": schema})

    served = await client.get("/collections/people/schema.json")

    assert served.json() == {"$id": "http://localhost:8080/collections/people/schema.json", **rest}


async def test_a_collection_without_a_schema_has_no_such_document(client: httpx2.AsyncClient) -> None:
    await client.put("/collections/people", json={})

    without = await client.get("/collections/people/schema.json")
    nothing = await client.get("/collections/books/schema.json")

    assert (without.status_code, without.json()["code"]) == (404, "schema_not_found")
    assert without.json()["detail"] == "The collection 'people' has no schema."
    assert (nothing.status_code, nothing.json()["code"]) == (404, "collection_not_found")
