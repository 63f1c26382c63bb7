"""Nasty JSON through each door of the service, on PostgreSQL: it comes back as it was, or is refused; never a 500."""

import json
import re
from collections.abc import Awaitable, Callable
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from tests.nasty_json import DEEP, KEPT, NOT_JSON, NOT_STORABLE

type Door = Callable[[httpx2.AsyncClient, UUID, bytes], Awaitable[httpx2.Response]]

MERGE_PATCH = "application/merge-patch+json"
JSON_PATCH = "application/json-patch+json"
CREATE = (
    "mutation ($input: CreateRecordInput!) { createRecord(input: $input) { record { payload } userErrors { code } } }"
)
PATCH = "mutation ($input: PatchRecordInput!) { patchRecord(input: $input) { record { payload } userErrors { code } } }"


def media_type(name: str) -> dict[str, str]:
    return {"Content-Type": name}


def id_member(record_id: UUID) -> bytes:
    return b'"id": "%s"' % str(record_id).encode()


async def post(client: httpx2.AsyncClient, record_id: UUID, value: bytes) -> httpx2.Response:
    body = b'{%s, "payload": %s}' % (id_member(record_id), value)
    return await client.post("/records", content=body, headers=media_type("application/json"))


async def put(client: httpx2.AsyncClient, record_id: UUID, value: bytes) -> httpx2.Response:
    body = b'{"payload": %s}' % value
    return await client.put(f"/records/{record_id}", content=body, headers=media_type("application/json"))


async def merge_patch(client: httpx2.AsyncClient, record_id: UUID, value: bytes) -> httpx2.Response:
    await client.put(f"/records/{record_id}", json={"payload": "before"})
    body = b'{"payload": [%s]}' % value
    return await client.patch(f"/records/{record_id}", content=body, headers=media_type(MERGE_PATCH))


async def json_patch(client: httpx2.AsyncClient, record_id: UUID, value: bytes) -> httpx2.Response:
    await client.put(f"/records/{record_id}", json={"payload": "before"})
    added = b'{"op": "add", "path": "/payload", "value": %s}' % value
    test = b'{"op": "test", "path": "/payload", "value": %s}' % value
    return await client.patch(
        f"/records/{record_id}",
        content=b"[%s, %s]" % (added, test),
        headers=media_type(JSON_PATCH),
    )


async def graphql(client: httpx2.AsyncClient, query: str, variables: bytes) -> httpx2.Response:
    body = b'{"query": %s, "variables": {"input": {%s}}}' % (json.dumps(query).encode(), variables)
    return await client.post("/graphql", content=body, headers=media_type("application/json"))


async def graphql_variable(client: httpx2.AsyncClient, record_id: UUID, value: bytes) -> httpx2.Response:
    return await graphql(client, CREATE, b'%s, "payload": %s' % (id_member(record_id), value))


async def graphql_patch(client: httpx2.AsyncClient, record_id: UUID, value: bytes) -> httpx2.Response:
    await client.put(f"/records/{record_id}", json={"payload": "before"})
    return await graphql(client, PATCH, b'%s, "patch": {"payload": [%s]}' % (id_member(record_id), value))


DOORS: list[Door] = [post, put, merge_patch, json_patch, graphql_variable, graphql_patch]


def with_exact_numbers(text: bytes) -> dict[str, Any]:
    """Decodes a JSON object for a comparison in which each digit counts and 1 is not true."""
    return json.loads(text, parse_int=exact, parse_float=exact)


def exact(digits: str) -> tuple[str, Decimal]:
    return ("number", Decimal(digits))


def refusals(response: httpx2.Response) -> list[str]:
    """Returns the codes of the errors that a response of either facade tells."""
    body = response.json()
    if "errors" in body and "code" not in body:
        return [error["extensions"]["code"] for error in body["errors"]]
    if "data" in body:
        [mutation] = body["data"].values()
        return [error["code"] for error in mutation["userErrors"]]
    return [body["code"]]


def record_in(written: httpx2.Response) -> dict[str, Any]:
    body = with_exact_numbers(written.content)
    if "data" not in body:
        return body
    [mutation] = body["data"].values()
    return mutation["record"]


@pytest.mark.parametrize("value", KEPT.values(), ids=KEPT)
async def test_keeps(sql_client: httpx2.AsyncClient, value: bytes) -> None:
    for door in DOORS:
        record_id = uuid4()

        written = await door(sql_client, record_id, value)
        read = await sql_client.get(f"/records/{record_id}")

        assert written.status_code in (200, 201), (door.__name__, written.text[:1000])
        payload = b"[%s]" % value if door in (merge_patch, graphql_patch) else value
        expected = with_exact_numbers(b'{"payload": %s}' % payload)["payload"]
        assert with_exact_numbers(read.content)["payload"] == expected, door.__name__
        assert record_in(written)["payload"] == expected, door.__name__


@pytest.mark.parametrize(
    ("value", "code"),
    [(value, "validation_failed") for value in NOT_STORABLE.values()]
    + [(value, "malformed_json") for value in NOT_JSON.values()],
    ids=[*NOT_STORABLE, *NOT_JSON],
)
async def test_refuses(sql_client: httpx2.AsyncClient, value: bytes, code: str) -> None:
    for door in DOORS:
        record_id = uuid4()

        answer = await door(sql_client, record_id, value)
        left = await sql_client.get(f"/records/{record_id}")

        assert refusals(answer) == [code], (door.__name__, answer.text[:1000])
        assert answer.status_code in (200, 400, 422), door.__name__
        if door in (post, put, graphql_variable):
            assert left.status_code == 404, door.__name__
        else:
            assert (left.json()["version"], left.json()["payload"]) == (1, "before"), door.__name__


async def test_patches_what_patches_have_nested_as_deep_as_the_store_goes(sql_client: httpx2.AsyncClient) -> None:
    chain, step = b'{"a":' * DEEP + b"0" + b"}" * DEEP, b"/a" * DEEP
    address = (await sql_client.post("/records", json={"payload": json.loads(chain)})).headers["location"]
    deeper = b'[{"op": "replace", "path": "/payload%s", "value": %s}]'

    second = await sql_client.patch(address, content=deeper % (step, chain), headers=media_type(JSON_PATCH))
    third = await sql_client.patch(address, content=deeper % (step * 2, chain), headers=media_type(JSON_PATCH))
    shallow = await sql_client.patch(address, content=b'{"payload": {"b": 1}}', headers=media_type(MERGE_PATCH))

    assert (second.status_code, third.status_code, shallow.status_code) == (200, 422, 200), third.text
    assert (await sql_client.get(address)).json() == shallow.json()


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp500"])
@pytest.mark.parametrize("path", ["/records", "/graphql"])
async def test_takes_no_other_encoding(sql_client: httpx2.AsyncClient, path: str, encoding: str) -> None:
    body = {"/records": '{"payload": "é"}', "/graphql": '{"query": "{ __typename }", "operationName": "é"}'}[path]

    answer = await sql_client.post(path, content=body.encode(encoding), headers=media_type("application/json"))

    assert (answer.status_code, refusals(answer)) == (400, ["malformed_json"])


# Longer than a document may be (graphql.max_tokens, graphql.max_characters): they are sent as variables, above.
TOO_LONG = {"a wide array", "a text of a megabyte"}
LITERALS = [
    name
    for name, value in KEPT.items()
    if not re.search(rb'"[^"]*"\s*:', value) and b"\\/" not in value and name not in TOO_LONG
]


@pytest.mark.parametrize("name", LITERALS)
async def test_keeps_as_a_graphql_literal(sql_client: httpx2.AsyncClient, name: str) -> None:
    literal = KEPT[name].decode()
    query = f"mutation {{ createRecord(input: {{payload: {literal}}}) {{ record {{ id payload }} }} }}"

    written = await sql_client.post("/graphql", json={"query": query})

    body = with_exact_numbers(written.content)
    assert "errors" not in body, written.text[:1000]
    read = await sql_client.get(f"/records/{body['data']['createRecord']['record']['id']}")
    expected = with_exact_numbers(b'{"payload": %s}' % KEPT[name])
    assert with_exact_numbers(read.content)["payload"] == expected["payload"]
