"""The past of records over REST."""

from typing import Any
from uuid import uuid4

import httpx2
import pytest


@pytest.fixture
async def record(client: httpx2.AsyncClient) -> dict[str, Any]:
    """A record that was created, patched and deleted."""
    record = (await client.post("/records", json={"payload": {"n": 1}, "tags": ["a"]})).json()
    await client.patch(
        f"/records/{record['id']}",
        json={"payload": {"n": 2}},
        headers={"Content-Type": "application/merge-patch+json", "X-Request-Id": "req-2"},
    )
    await client.delete(f"/records/{record['id']}")
    return record


async def test_a_history_comes_newest_first_with_links_between_its_pages(
    client: httpx2.AsyncClient, record: dict[str, Any]
) -> None:
    first = await client.get(f"/records/{record['id']}/revisions", params={"limit": 2, "diff": "true"})
    second = await client.get(first.links["next"]["url"])

    assert [item["version"] for item in first.json()["items"] + second.json()["items"]] == [3, 2, 1]
    assert first.json()["items"][1] == {
        "record_id": record["id"],
        "collection": "default",
        "version": 2,
        "operation": "patch",
        "payload": {"n": 2},
        "tags": ["a"],
        "actor": "anonymous",
        "correlation_id": "req-2",
        "at": first.json()["items"][1]["at"],
        "diff": [{"op": "replace", "path": "/payload/n", "value": 2}],
    }
    assert second.json()["items"][0]["diff"] is None
    assert second.json()["next_cursor"] is None
    assert "next" not in second.links


async def test_a_difference_is_there_only_on_request(client: httpx2.AsyncClient, record: dict[str, Any]) -> None:
    page = await client.get(f"/records/{record['id']}/revisions")

    assert all("diff" not in item for item in page.json()["items"])


async def test_an_unchanged_history_is_not_sent_again(client: httpx2.AsyncClient, record: dict[str, Any]) -> None:
    address = f"/records/{record['id']}/revisions"
    page = await client.get(address)

    again = await client.get(address, headers={"If-None-Match": page.headers["etag"]})

    assert (again.status_code, again.content) == (304, b"")


async def test_what_never_was_has_no_history(client: httpx2.AsyncClient) -> None:
    response = await client.get(f"/records/{uuid4()}/revisions")

    assert (response.status_code, response.json()["code"]) == (404, "record_not_found")


@pytest.mark.parametrize("cursor", ["", "AAAA", "__________8", "AAAAAAAAAAB"])
async def test_a_place_in_a_history_is_one_that_was_given_out(
    client: httpx2.AsyncClient, record: dict[str, Any], cursor: str
) -> None:
    response = await client.get(f"/records/{record['id']}/revisions", params={"cursor": cursor})

    assert (response.status_code, response.json()["code"]) == (400, "invalid_cursor")
    assert response.json()["errors"][0]["parameter"] == "cursor"


async def test_reads_a_record_at_a_version_with_the_etag_of_that(
    client: httpx2.AsyncClient, record: dict[str, Any]
) -> None:
    address = f"/records/{record['id']}"
    then = await client.get(address, params={"version": 1})
    again = await client.get(address, params={"version": 1}, headers={"If-None-Match": '"1"'})

    assert (then.json(), then.headers["etag"]) == (record, '"1"')
    assert again.status_code == 304


async def test_reads_a_record_as_of_a_time(client: httpx2.AsyncClient, record: dict[str, Any]) -> None:
    address = f"/records/{record['id']}"
    then = await client.get(address, params={"as_of": record["updated_at"]})

    assert then.json() == record


@pytest.mark.parametrize(
    ("parameters", "status", "code"),
    [
        ({"version": 3}, 410, "record_deleted"),
        ({"version": 4}, 404, "revision_not_found"),
        ({"as_of": "2000-01-01T00:00:00Z"}, 404, "record_not_found"),
        ({"as_of": "2100-01-01T00:00:00+01:00"}, 409, "as_of_in_future"),
        ({"version": 1, "as_of": "2000-01-01T00:00:00Z"}, 422, "validation_failed"),
        ({"version": 0}, 422, "validation_failed"),
        ({"version": 2**53}, 422, "validation_failed"),
        ({"as_of": "yesterday"}, 422, "validation_failed"),
        ({"as_of": "2000-01-01"}, 422, "validation_failed"),
        ({"as_of": "2000-01-01T00:00:00"}, 422, "validation_failed"),
        ({"as_of": "1700000000"}, 422, "validation_failed"),
        ({"as_of": "0001-01-01T00:00:00+23:00"}, 422, "validation_failed"),
    ],
)
async def test_a_state_that_cannot_be_read_is_said_to_be_so(
    client: httpx2.AsyncClient, record: dict[str, Any], parameters: dict[str, Any], status: int, code: str
) -> None:
    response = await client.get(f"/records/{record['id']}", params=parameters)

    assert (response.status_code, response.json()["code"]) == (status, code)


async def test_restores_and_reverts(client: httpx2.AsyncClient, record: dict[str, Any]) -> None:
    address = f"/records/{record['id']}"

    restored = await client.post(f"{address}/restore")
    reverted = await client.post(f"{address}/revert", json={"version": 1}, headers={"If-Match": '"4"'})

    assert (restored.status_code, restored.headers["etag"], restored.json()["payload"]) == (200, '"4"', {"n": 2})
    assert (reverted.status_code, reverted.headers["etag"], reverted.json()["payload"]) == (200, '"5"', {"n": 1})
    assert (await client.get(address)).json() == reverted.json()


async def test_what_is_brought_back_may_be_left_out_of_the_answer(
    client: httpx2.AsyncClient, record: dict[str, Any]
) -> None:
    response = await client.post(f"/records/{record['id']}/restore", headers={"Prefer": "return=minimal"})

    assert (response.status_code, response.content, response.headers["etag"]) == (204, b"", '"4"')


async def test_a_revert_that_comes_again_is_done_once(client: httpx2.AsyncClient, record: dict[str, Any]) -> None:
    once = {"Idempotency-Key": "revert-1"}
    address = f"/records/{record['id']}/revert"

    first = await client.post(address, json={"version": 1}, headers=once)
    again = await client.post(address, json={"version": 1}, headers=once)

    assert (again.json(), again.headers["idempotency-replayed"]) == (first.json(), "true")
    assert again.json()["version"] == 4


@pytest.mark.parametrize(
    ("action", "body", "headers", "status", "code"),
    [
        ("revert", {"version": 9}, {}, 404, "revision_not_found"),
        ("revert", {"version": 3}, {}, 422, "validation_failed"),
        ("revert", {"version": 0}, {}, 422, "validation_failed"),
        ("revert", {}, {}, 422, "validation_failed"),
        ("revert", {"version": 1}, {"If-Match": '"2"'}, 412, "precondition_failed"),
    ],
)
async def test_what_cannot_be_brought_back_is_refused(
    client: httpx2.AsyncClient,
    record: dict[str, Any],
    action: str,
    body: dict[str, Any],
    headers: dict[str, str],
    status: int,
    code: str,
) -> None:
    response = await client.post(f"/records/{record['id']}/{action}", json=body, headers=headers)

    assert (response.status_code, response.json()["code"]) == (status, code)


async def test_restores_nothing_that_is_there(client: httpx2.AsyncClient) -> None:
    record = (await client.post("/records", json={"payload": 1})).json()

    response = await client.post(f"/records/{record['id']}/restore")

    assert (response.status_code, response.json()["code"]) == (409, "record_not_deleted")


async def test_lists_as_of_a_time(client: httpx2.AsyncClient, record: dict[str, Any]) -> None:
    then = await client.get("/records", params={"as_of": record["updated_at"]})
    now = await client.get("/records")

    assert (then.json()["items"], now.json()["items"]) == ([record], [])


@pytest.mark.parametrize("version", ["1", True, 1.5, None])
async def test_what_only_looks_like_a_version_is_refused(client: httpx2.AsyncClient, version: object) -> None:
    record = (await client.post("/records", json={"payload": 1})).json()

    refused = await client.post(f"/records/{record['id']}/revert", json={"version": version})

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "#/version"
    assert (await client.post(f"/records/{record['id']}/revert", json={"version": 1.0})).status_code == 200


@pytest.mark.parametrize("dry_run", ["yes", "no", 1, 0, None])
async def test_a_dry_run_is_asked_for_by_a_boolean(client: httpx2.AsyncClient, dry_run: object) -> None:
    await client.post("/records", json={"collection": "people", "payload": 1})

    body = {"as_of": "2000-01-01T00:00:00Z", "dry_run": dry_run}
    refused = await client.post("/collections/people/revert", json=body)

    assert refused.status_code == 422
    assert refused.json()["errors"][0]["pointer"] == "#/dry_run"


@pytest.mark.parametrize("retention", [{"days": "90"}, {"revisions": True}, {"days": 1.5}])
async def test_a_retention_has_whole_numbers(client: httpx2.AsyncClient, retention: object) -> None:
    assert (await client.put("/collections/people", json={"retention": retention})).status_code == 422
    assert (await client.put("/collections/people", json={"retention": {"days": 90.0}})).status_code == 201
