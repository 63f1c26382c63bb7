"""PATCH with a JSON Patch (RFC 6902) and with a JSON Merge Patch (RFC 7396)."""

import json
from typing import Any

import httpx2
import pytest

JSON_PATCH = {"Content-Type": "application/json-patch+json"}
MERGE_PATCH = {"Content-Type": "application/merge-patch+json"}


async def created(client: httpx2.AsyncClient, payload: object, *tags: str) -> str:
    response = await client.post("/records", json={"payload": payload, "tags": tags})
    return response.headers["location"]


def operation(op: str, path: str, **members: object) -> dict[str, Any]:
    return {"op": op, "path": path} | {name.rstrip("_"): value for name, value in members.items()}


async def patched(client: httpx2.AsyncClient, address: str, *operations: object) -> httpx2.Response:
    return await client.patch(address, content=json.dumps(operations), headers=JSON_PATCH)


async def test_changes_payload_and_tags_at_once(client: httpx2.AsyncClient) -> None:
    address = await created(client, {"name": "Ada", "born": 1815}, "old")

    response = await patched(
        client,
        address,
        operation("test", "/payload/name", value="Ada"),
        operation("replace", "/payload/name", value="Ada Lovelace"),
        operation("move", "/payload/birth", from_="/payload/born"),
        operation("remove", "/tags/0"),
        operation("add", "/tags/-", value="new"),
    )

    assert (response.status_code, response.headers["etag"]) == (200, '"2"')
    assert response.json()["payload"] == {"name": "Ada Lovelace", "birth": 1815}
    assert response.json()["tags"] == ["new"]
    assert (await client.get(address)).json() == response.json()


async def test_makes_the_payload_null_which_a_merge_patch_cannot(client: httpx2.AsyncClient) -> None:
    address = await created(client, 1)

    response = await patched(client, address, operation("replace", "/payload", value=None))

    assert (response.status_code, response.json()["payload"]) == (200, None)


@pytest.mark.parametrize(
    ("operations", "status", "code", "pointer"),
    [
        ([operation("test", "/payload/n", value=2)], 409, "patch_test_failed", "#/1/value"),
        ([operation("test", "/payload/m", value=None)], 409, "patch_test_failed", "#/1/path"),
        ([operation("remove", "/payload/m")], 409, "patch_conflict", "#/1/path"),
        ([operation("add", "/payload/m/o", value=1)], 409, "patch_conflict", "#/1/path"),
        ([operation("add", "/payload/list/3", value=1)], 409, "patch_conflict", "#/1/path"),
        ([operation("copy", "/payload/m", from_="/payload/list/-")], 409, "patch_conflict", "#/1/from"),
        ([operation("move", "/payload/n/o", from_="/payload/n")], 409, "patch_conflict", "#/1/path"),
        ([operation("remove", "")], 409, "patch_conflict", "#/1/path"),
        ([operation("copy", "/payload/list/-", from_="/payload")] * 30, 409, "patch_conflict", "#/16"),
        ([operation("spam", "/payload")], 400, "malformed_patch", "#/1/op"),
        ([operation("add", "/payload")], 400, "malformed_patch", "#/1/value"),
        ([operation("move", "/payload")], 400, "malformed_patch", "#/1/from"),
        ([operation("add", "payload", value=1)], 400, "malformed_patch", "#/1/path"),
        ([operation("add", "/payload/~2", value=1)], 400, "malformed_patch", "#/1/path"),
        ([{"op": "remove"}], 400, "malformed_patch", "#/1/path"),
        (["remove"], 400, "malformed_patch", "#/1"),
        ([operation("remove", "/payload/n")] * 1000, 400, "malformed_patch", "#"),
        ([operation("add", "/name", value=1)], 422, "validation_failed", "#/name"),
        ([operation("remove", "/payload")], 422, "validation_failed", "#/payload"),
        ([operation("replace", "", value=1)], 422, "validation_failed", "#"),
        ([operation("add", "/tags/-", value=1)], 422, "validation_failed", "#/tags/0"),
        ([operation("add", "/payload/z", value="\x00")], 422, "validation_failed", "#/payload/z"),
    ],
)
async def test_changes_nothing_when_one_operation_fails(
    client: httpx2.AsyncClient, operations: list[object], status: int, code: str, pointer: str
) -> None:
    address = await created(client, {"n": 1, "list": [1, 2]})
    before = await client.get(address)

    response = await patched(client, address, operation("add", "/payload/a", value=1), *operations)

    problem = response.json()
    assert (response.status_code, problem["code"], problem["status"]) == (status, code, status), response.text
    assert [error["pointer"] for error in problem["errors"]] == [pointer]
    after = await client.get(address)
    assert (after.content, after.headers["etag"]) == (before.content, '"1"')


async def test_takes_only_an_array_of_operations(client: httpx2.AsyncClient) -> None:
    address = await created(client, 1)

    response = await client.patch(address, content='{"payload": 2}', headers=JSON_PATCH)

    assert (response.status_code, response.json()["code"]) == (400, "malformed_patch")


async def test_checks_the_version_before_the_patch(client: httpx2.AsyncClient) -> None:
    address = await created(client, 1)
    content = json.dumps([operation("test", "/payload", value=2)])

    response = await client.patch(address, content=content, headers=JSON_PATCH | {"If-Match": '"2"'})

    assert (response.status_code, response.json()["code"]) == (412, "precondition_failed")


@pytest.mark.parametrize("media_type", ["application/json", "application/xml", "application/json-patch", ""])
async def test_says_which_patches_it_takes(client: httpx2.AsyncClient, media_type: str) -> None:
    address = await created(client, 1)

    response = await client.patch(address, content="[]", headers={"Content-Type": media_type})

    assert (response.status_code, response.json()["code"]) == (415, "unsupported_media_type")
    assert response.headers["accept-patch"] == "application/merge-patch+json, application/json-patch+json"


@pytest.mark.parametrize(
    ("document", "patch", "result"),
    [
        ('{"a": "b"}', '{"a": "c"}', '{"a": "c"}'),
        ('{"a": "b"}', '{"b": "c"}', '{"a": "b", "b": "c"}'),
        ('{"a": "b"}', '{"a": null}', "{}"),
        ('{"a": "b", "b": "c"}', '{"a": null}', '{"b": "c"}'),
        ('{"a": ["b"]}', '{"a": "c"}', '{"a": "c"}'),
        ('{"a": "c"}', '{"a": ["b"]}', '{"a": ["b"]}'),
        ('{"a": {"b": "c"}}', '{"a": {"b": "d", "c": null}}', '{"a": {"b": "d"}}'),
        ('{"a": [{"b": "c"}]}', '{"a": [1]}', '{"a": [1]}'),
        ('["a", "b"]', '["c", "d"]', '["c", "d"]'),
        ('{"a": "b"}', '["c"]', '["c"]'),
        ('{"a": "foo"}', '"bar"', '"bar"'),
        ('{"e": null}', '{"a": 1}', '{"e": null, "a": 1}'),
        ("[1, 2]", '{"a": "b", "c": null}', '{"a": "b"}'),
        ("{}", '{"a": {"bb": {"ccc": null}}}', '{"a": {"bb": {}}}'),
    ],
)
async def test_merges_into_the_payload_as_appendix_a_of_rfc_7396_shows(
    client: httpx2.AsyncClient, document: str, patch: str, result: str
) -> None:
    address = await created(client, json.loads(document))

    response = await client.patch(address, content=f'{{"payload": {patch}}}', headers=MERGE_PATCH)

    assert (response.status_code, response.json()["payload"]) == (200, json.loads(result))
    assert (await client.get(address)).json()["payload"] == json.loads(result)


async def test_refuses_a_merge_patch_of_null_as_it_removes_the_payload(client: httpx2.AsyncClient) -> None:
    """The fifteenth case of appendix A: the payload would be removed, and a record has one."""
    address = await created(client, {"a": "foo"})

    response = await client.patch(address, content='{"payload": null}', headers=MERGE_PATCH)

    assert (response.status_code, response.json()["code"]) == (422, "validation_failed")
