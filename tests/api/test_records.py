"""Records over REST."""

import json
from collections.abc import AsyncGenerator
from typing import Any
from uuid import uuid4

import httpx2
import pytest

MERGE_PATCH = {"Content-Type": "application/merge-patch+json"}
JSON = {"Content-Type": "application/json"}


async def created(client: httpx2.AsyncClient, **members: object) -> dict[str, Any]:
    response = await client.post("/records", json={"payload": {"n": 1}} | members)
    assert response.status_code == 201
    return response.json()


def assert_problem(response: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert (problem["status"], problem["code"], problem["type"]) == (status, code, f"/problems/{code}")
    return problem


async def test_creates_a_record(client: httpx2.AsyncClient) -> None:
    response = await client.post(
        "/records", json={"collection": "people", "payload": {"name": "Ada"}, "tags": ["b", "a"]}
    )

    record = response.json()
    assert response.status_code == 201
    assert response.headers["location"] == f"/records/{record['id']}"
    assert response.headers["etag"] == '"1"'
    assert record == {
        "id": record["id"],
        "collection": "people",
        "version": 1,
        "payload": {"name": "Ada"},
        "tags": ["a", "b"],
        "created_at": "2026-01-01T00:00:01.000000Z",
        "updated_at": "2026-01-01T00:00:01.000000Z",
    }
    assert (await client.get(response.headers["location"])).json() == record


async def test_creates_a_record_under_a_given_id(client: httpx2.AsyncClient) -> None:
    record_id = str(uuid4())

    assert (await created(client, id=record_id))["id"] == record_id

    assert_problem(await client.post("/records", json={"id": record_id, "payload": 1}), 409, "record_exists")


@pytest.mark.parametrize(
    "number",
    ["12345678901234567890123", "0.1234567890123456789", "1e400", "-9223372036854775809", "100000000000000000"],
)
async def test_keeps_every_digit_of_a_number(client: httpx2.AsyncClient, number: str) -> None:
    response = await client.post("/records", content=f'{{"payload": {number}}}', headers=JSON)

    read = await client.get(response.headers["location"])

    assert json.loads(read.text, parse_float=str, parse_int=str)["payload"].lower().replace("+", "") == number


async def test_answers_304_to_a_reader_who_has_the_version(client: httpx2.AsyncClient) -> None:
    record = await created(client)
    address = f"/records/{record['id']}"

    same = await client.get(address, headers={"If-None-Match": 'W/"1"'})
    other = await client.get(address, headers={"If-None-Match": '"2"'})

    assert (same.status_code, same.headers["etag"], same.content) == (304, '"1"', b"")
    assert other.status_code == 200


async def test_replaces_a_record(client: httpx2.AsyncClient) -> None:
    record = await created(client, tags=["old"])

    response = await client.put(f"/records/{record['id']}", json={"payload": 2}, headers={"If-Match": '"1"'})

    assert (response.status_code, response.headers["etag"]) == (200, '"2"')
    assert (response.json()["payload"], response.json()["tags"]) == (2, [])


async def test_puts_a_record_where_there_is_none(client: httpx2.AsyncClient) -> None:
    address = f"/records/{uuid4()}"

    first = await client.put(address, json={"payload": None}, headers={"If-None-Match": "*"})
    second = await client.put(address, json={"payload": None}, headers={"If-None-Match": "*"})

    assert (first.status_code, first.headers["location"]) == (201, address)
    assert_problem(second, 412, "precondition_failed")


async def test_merges_a_patch(client: httpx2.AsyncClient) -> None:
    record = await created(client, payload={"a": 1, "b": 2})

    response = await client.patch(
        f"/records/{record['id']}", content='{"payload": {"a": null, "c": 3}}', headers=MERGE_PATCH
    )

    assert (response.status_code, response.headers["etag"]) == (200, '"2"')
    assert response.json()["payload"] == {"b": 2, "c": 3}


async def test_says_which_patches_it_takes(client: httpx2.AsyncClient) -> None:
    record = await created(client)

    response = await client.patch(f"/records/{record['id']}", json={})

    assert_problem(response, 415, "unsupported_media_type")
    assert response.headers["accept-patch"] == "application/merge-patch+json, application/json-patch+json"


@pytest.mark.parametrize(
    ("patch", "pointer"),
    [
        ('{"name": 1}', "#/name"),
        ('{"payload": null}', "#/payload"),
        ('{"tags": "a"}', "#/tags"),
        ('{"tags": [1]}', "#/tags/0"),
        ("[]", "#"),
    ],
)
async def test_names_what_is_wrong_with_a_patch(client: httpx2.AsyncClient, patch: str, pointer: str) -> None:
    record = await created(client)

    response = await client.patch(f"/records/{record['id']}", content=patch, headers=MERGE_PATCH)

    assert_problem(response, 422, "validation_failed")
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]


async def test_deletes_a_record(client: httpx2.AsyncClient) -> None:
    address = f"/records/{(await created(client))['id']}"

    assert (await client.delete(address, headers={"If-Match": '"1"'})).status_code == 204

    assert_problem(await client.get(address), 410, "record_deleted")
    assert_problem(await client.delete(address), 410, "record_deleted")


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
async def test_refuses_a_stale_version_and_tells_the_current_one(client: httpx2.AsyncClient, method: str) -> None:
    record = await created(client)
    content = None if method == "DELETE" else '{"payload": 2}'
    headers = MERGE_PATCH if method == "PATCH" else JSON

    response = await client.request(
        method, f"/records/{record['id']}", content=content, headers=headers | {"If-Match": '"7"'}
    )

    assert assert_problem(response, 412, "precondition_failed")["current_version"] == 1
    assert response.headers["etag"] == '"1"'


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
async def test_knows_no_record_that_never_was(client: httpx2.AsyncClient, method: str) -> None:
    content = "{}" if method == "PATCH" else None

    response = await client.request(method, f"/records/{uuid4()}", content=content, headers=MERGE_PATCH)

    assert_problem(response, 404, "record_not_found")


async def test_lists_all_pages_by_their_links(client: httpx2.AsyncClient) -> None:
    ids = [(await created(client, collection="people"))["id"] for _ in range(5)]
    await created(client, collection="places")

    found: list[object] = []
    address: str | None = "/records?collection=people&limit=2"
    while address:
        page = await client.get(address)
        found += [record["id"] for record in page.json()["items"]]
        address = page.links.get("next", {}).get("url")
        assert (page.json()["next_cursor"] is None) == (address is None)

    assert found == ids


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("limit=0", "limit"),
        ("limit=1001", "limit"),
        ("limit=many", "limit"),
        ("limit=1&limit=2", "limit"),
        ("collection=a&collection=a", "collection"),
        ("colection=people", "colection"),
        ("collection=no/slash", "collection"),
    ],
)
async def test_names_a_bad_parameter(client: httpx2.AsyncClient, query: str, parameter: str) -> None:
    response = await client.get(f"/records?{query}")

    problem = assert_problem(response, 422, "validation_failed")
    assert [error["parameter"] for error in response.json()["errors"]] == [parameter]
    assert parameter in str(problem["detail"])


@pytest.mark.parametrize("cursor", ["x", "", "AAAA", "ä", "AaIK8SfGd0Oq6LsveR5Y7Q=", "AaIK8SfGd0Oq6LsveR5Y7R"])
async def test_refuses_a_cursor_that_it_did_not_give(client: httpx2.AsyncClient, cursor: str) -> None:
    response = await client.get("/records", params={"cursor": cursor})

    assert_problem(response, 400, "invalid_cursor")


async def test_refuses_an_id_that_is_no_uuid(client: httpx2.AsyncClient) -> None:
    response = await client.get("/records/7")

    assert_problem(response, 422, "validation_failed")
    assert response.json()["errors"][0]["parameter"] == "record_id"


@pytest.mark.parametrize(
    ("sent", "kept"), [("-0", "0"), ("-0.0", "0.0"), ("-0e5", "0.0"), ('{"a":[-0.0]}', '{"a":[0.0]}')]
)
async def test_a_negative_zero_is_zero(client: httpx2.AsyncClient, sent: str, kept: str) -> None:
    headers = JSON | {"Idempotency-Key": '"k"'}
    created = await client.post("/records", content=f'{{"payload": {sent}}}', headers=headers)
    again = await client.post("/records", content=f'{{"payload": {kept}}}', headers=headers)
    tested = await client.patch(
        created.headers["location"],
        content=f'[{{"op": "test", "path": "/payload", "value": {kept}}}, '
        f'{{"op": "replace", "path": "/payload", "value": {sent}}}]',
        headers={"Content-Type": "application/json-patch+json"},
    )
    found = await client.get("/records", params={"filter[payload]": sent})

    assert f'"payload":{kept}' in created.text
    assert (again.status_code, again.headers["location"]) == (201, created.headers["location"])
    assert (tested.status_code, found.status_code) == (200, 200)
    assert f'"payload":{kept}' in tested.text
    assert [item["id"] for item in found.json()["items"]] == [created.json()["id"]]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ("{}", "#/payload"),
        ('{"payload": 1, "name": 2}', "#/name"),
        ('{"payload": 1, "collection": "a b"}', "#/collection"),
        ('{"payload": 1, "collection": "a\\n"}', "#/collection"),
        ('{"payload": 1, "tags": [""]}', "#/tags/0"),
        ('{"payload": 1, "id": "7"}', "#/id"),
        ('{"payload": {"a": ["\\u0000"]}}', "#/payload/a/0"),
        ('{"payload": {"a/b~": "\\ud800"}}', "#/payload/a~1b~0"),
        ('{"payload": 1e200000}', "#/payload"),
        ("[]", "#"),
        ("1", "#"),
    ],
)
async def test_points_at_the_bad_member(client: httpx2.AsyncClient, body: str, pointer: str) -> None:
    response = await client.post("/records", content=body, headers=JSON)

    assert_problem(response, 422, "validation_failed")
    assert [error["pointer"] for error in response.json()["errors"]] == [pointer]
    assert (await client.get("/records")).json()["items"] == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b'{"payload": 1} x',
        b'{"payload": NaN}',
        b'{"payload": Infinity}',
        b'{"payload": {"a": 1, "a": 2}}',
        b'{"payload": 1, "payload": 2}',
        b'\xef\xbb\xbf{"payload": 1}',
        b'{"payload": "\xff"}',
        b'{"payload": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
    ],
    ids=lambda body: repr(body[:24]),
)
async def test_refuses_what_is_not_json(client: httpx2.AsyncClient, body: bytes) -> None:
    response = await client.post("/records", content=body, headers=JSON)

    assert_problem(response, 400, "malformed_json")


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/x-www-form-urlencoded", "application/merge-patch+json"]
)
async def test_takes_bodies_of_json_only(client: httpx2.AsyncClient, media_type: str) -> None:
    response = await client.post("/records", content=b'{"payload": 1}', headers={"Content-Type": media_type})

    assert_problem(response, 415, "unsupported_media_type")


async def test_takes_no_body_of_two_media_types(client: httpx2.AsyncClient) -> None:
    headers = [("Content-Type", "application/json"), ("Content-Type", "text/plain")]

    response = await client.post("/records", content=b'{"payload": 1}', headers=headers)

    assert_problem(response, 415, "unsupported_media_type")


@pytest.mark.parametrize(("coding", "status"), [("identity", 201), ("compress", 415), ("identity, br", 415)])
async def test_takes_no_body_in_a_content_coding_that_it_does_not_have(
    client: httpx2.AsyncClient, coding: str, status: int
) -> None:
    response = await client.post("/records", content=b'{"payload": 1}', headers=JSON | {"Content-Encoding": coding})

    assert response.status_code == status
    assert response.headers.get("accept-encoding") == ("gzip, deflate, identity" if status == 415 else None)


async def test_takes_no_body_beyond_the_limit(client: httpx2.AsyncClient) -> None:
    async def chunks() -> AsyncGenerator[bytes]:
        yield b'{"payload": "'
        for _ in range(9):
            yield b"x" * 1_000_000
        yield b'"}'

    whole = await client.post("/records", content=b'{"payload": "' + b"x" * 9_000_000 + b'"}', headers=JSON)
    streamed = await client.post("/records", content=chunks(), headers=JSON)

    assert_problem(whole, 413, "content_too_large")
    assert_problem(streamed, 413, "content_too_large")


@pytest.mark.parametrize("value", ["3", '"3', "*, *", '"1" "2"', ""])
async def test_refuses_a_malformed_precondition(client: httpx2.AsyncClient, value: str) -> None:
    record = await created(client)

    response = await client.delete(f"/records/{record['id']}", headers={"If-Match": value})

    assert_problem(response, 400, "malformed_header")
    assert response.json()["errors"][0]["header"] == "If-Match"


async def test_explains_each_problem_type(client: httpx2.AsyncClient) -> None:
    problem = (await client.get(f"/records/{uuid4()}")).json()

    explained = (await client.get(problem["type"])).json()

    assert (explained["status"], explained["title"]) == (404, problem["title"])
    assert_problem(await client.get("/problems/none"), 404, "not_found")


async def test_says_what_else_there_is_not(client: httpx2.AsyncClient) -> None:
    assert_problem(await client.get("/nothing"), 404, "not_found")
    assert_problem(await client.put("/records"), 405, "method_not_allowed")


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/records", "GET, HEAD, POST, OPTIONS"),
        (f"/records/{uuid4()}", "GET, HEAD, PUT, PATCH, DELETE, OPTIONS"),
        ("/health/live", "GET, HEAD, OPTIONS"),
        ("/graphql", "GET, HEAD, POST, OPTIONS"),
    ],
    ids=["list", "record", "health", "graphql"],
)
async def test_names_the_methods_that_a_resource_has(client: httpx2.AsyncClient, path: str, allowed: str) -> None:
    options = await client.options(path)
    refused = {
        method: await client.request(method, path)
        for method in ("POST", "PUT", "PATCH", "DELETE")
        if method not in allowed
    }

    assert (options.status_code, options.headers["allow"], options.content) == (204, allowed, b"")
    for method, response in refused.items():
        assert method in str(assert_problem(response, 405, "method_not_allowed")["detail"])
        assert response.headers["allow"] == allowed


async def test_is_alive_and_ready(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/health/live")).json() == {"status": "ok"}
    assert (await client.get("/health/ready")).json() == {"status": "ok", "checks": {"service": "ok", "store": "ok"}}
