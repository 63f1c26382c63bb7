"""POST /batch: the translation; what a batch does is tested in tests/contract."""

from typing import Any

import httpx2
import pytest


async def test_applies_operations_of_every_kind(client: httpx2.AsyncClient) -> None:
    operations: list[dict[str, Any]] = [
        {"op": "create", "lid": "ada", "collection": "people", "payload": {"name": "Ada"}, "tags": ["t"]},
        {"op": "create", "collection": "books", "payload": {"title": "Notes"}, "refs": {"/author": "ada"}},
        {"op": "patch", "lid": "ada", "patch": {"payload": {"born": 1815}}, "if_match": 1},
        {"op": "patch", "lid": "ada", "patch": [{"op": "test", "path": "/payload/born", "value": 1815}]},
        {"op": "replace", "lid": "ada", "payload": 1, "if_match": '"3", "9"', "if_none_match": '"4"'},
        {"op": "replace", "id": "01890a5d-ac96-774b-bcce-b302099a8057", "payload": 2, "if_none_match": "*"},
        {"op": "delete", "lid": "ada", "if_match": "*"},
    ]

    answer = await client.post("/batch", json={"operations": operations})

    assert answer.status_code == 200, answer.text
    results = answer.json()["results"]
    assert [(one["created"], one["version"]) for one in results] == [
        (True, 1),
        (True, 1),
        (False, 2),
        (False, 3),
        (False, 4),
        (True, 1),
        (False, None),
    ]
    assert results[1]["record"]["payload"] == {"title": "Notes", "author": results[0]["id"]}
    assert results[6] == {"id": results[0]["id"], "created": False, "version": None, "record": None}


async def test_leaves_the_records_out_for_who_prefers_that(client: httpx2.AsyncClient) -> None:
    body = {"operations": [{"op": "create", "payload": 1}]}

    answer = await client.post("/batch", json=body, headers={"Prefer": "return=minimal"})

    (result,) = answer.json()["results"]
    assert result.keys() == {"id", "created", "version"}
    assert answer.headers["preference-applied"] == "return=minimal"


@pytest.mark.parametrize(
    ("operation", "status", "code", "pointer"),
    [
        ({"op": "delete", "id": "01890a5d-ac96-774b-bcce-b302099a8057"}, 404, "record_not_found", ""),
        ({"op": "create", "payload": "\x00"}, 422, "validation_failed", "/payload"),
        ({"op": "create", "payload": {"a": {"b": "\x00"}}}, 422, "validation_failed", "/payload/a/b"),
        ({"op": "create", "payload": 1, "tags": [""]}, 422, "validation_failed", "/tags/0"),
        ({"op": "create"}, 422, "validation_failed", "/payload"),
        ({"op": "create", "payload": 1, "colour": 1}, 422, "validation_failed", "/colour"),
        ({"op": "destroy"}, 422, "validation_failed", ""),
        ({"op": "delete"}, 422, "validation_failed", "/id"),
        ({"op": "patch", "lid": "first", "patch": {}, "if_match": 2**60}, 422, "validation_failed", "/if_match"),
        ({"op": "delete", "id": "x"}, 422, "validation_failed", "/id"),
        ({"op": "delete", "lid": "nobody"}, 404, "local_id_unknown", ""),
        ({"op": "patch", "lid": "first", "patch": {"tags": ["a", ""]}}, 422, "validation_failed", "/patch/tags/1"),
        ({"op": "patch", "lid": "first", "patch": {"colour": 1}}, 422, "validation_failed", "/patch/colour"),
        ({"op": "patch", "lid": "first", "patch": {}, "if_match": 9}, 412, "precondition_failed", ""),
        ({"op": "patch", "lid": "first", "patch": [{"op": "nothing"}]}, 400, "malformed_patch", "/patch/0/op"),
        (
            {"op": "patch", "lid": "first", "patch": [{"op": "test", "path": "/payload", "value": 9}]},
            409,
            "patch_test_failed",
            "/patch/0/value",
        ),
        ({"op": "replace", "lid": "first", "payload": 1, "if_match": 7}, 412, "precondition_failed", ""),
        ({"op": "replace", "lid": "first", "payload": 1, "if_match": "7"}, 422, "validation_failed", "/if_match"),
    ],
)
async def test_a_failure_names_the_operation_and_the_reason(
    client: httpx2.AsyncClient, operation: dict[str, Any], status: int, code: str, pointer: str
) -> None:
    body = {"operations": [{"op": "create", "lid": "first", "payload": 1}, operation]}

    answer = await client.post("/batch", json=body)

    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"
    assert f"#/operations/1{pointer}" in [error["pointer"] for error in problem["errors"]]
    assert (await client.get("/records")).json()["items"] == []


async def test_is_carried_out_once_under_a_key(client: httpx2.AsyncClient) -> None:
    body = {"operations": [{"op": "create", "payload": 1}]}

    first = await client.post("/batch", json=body, headers={"Idempotency-Key": "k"})
    again = await client.post("/batch", json=body, headers={"Idempotency-Key": "k"})

    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"


async def test_links_what_the_same_batch_makes(client: httpx2.AsyncClient) -> None:
    operations = [
        {"op": "create", "lid": "ada", "payload": "Ada"},
        {"op": "create", "lid": "book", "payload": "Notes"},
        {"op": "link", "source_lid": "book", "relation": "author", "target_lid": "ada"},
    ]

    answer = await client.post("/batch", json={"operations": operations})

    ada, book, link = answer.json()["results"]
    assert link == {"id": book["id"], "created": True, "version": None, "record": None}
    links = await client.get(f"/records/{book['id']}/links")
    assert [item["target"] for item in links.json()["items"]] == [ada["id"]]


async def test_a_link_names_each_of_its_ends_once(client: httpx2.AsyncClient) -> None:
    record = (await client.post("/records", json={"payload": 1})).json()["id"]
    link = {"op": "link", "source": record, "relation": "same", "target": record}

    for wrong in ({"target_lid": "x"}, {"source_lid": "x"}):
        answer = await client.post("/batch", json={"operations": [link | wrong]})
        (end,) = wrong
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["pointer"] == f"#/operations/0/{end.removesuffix('_lid')}"
