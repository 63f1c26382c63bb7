"""The past of records over REST."""

from typing import Any
from uuid import uuid4

import httpx
import pytest


@pytest.fixture
async def record(client: httpx.AsyncClient) -> dict[str, Any]:
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
    client: httpx.AsyncClient, record: dict[str, Any]
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


async def test_a_difference_is_there_only_on_request(client: httpx.AsyncClient, record: dict[str, Any]) -> None:
    page = await client.get(f"/records/{record['id']}/revisions")

    assert all("diff" not in item for item in page.json()["items"])


async def test_an_unchanged_history_is_not_sent_again(client: httpx.AsyncClient, record: dict[str, Any]) -> None:
    address = f"/records/{record['id']}/revisions"
    page = await client.get(address)

    again = await client.get(address, headers={"If-None-Match": page.headers["etag"]})

    assert (again.status_code, again.content) == (304, b"")


async def test_what_never_was_has_no_history(client: httpx.AsyncClient) -> None:
    response = await client.get(f"/records/{uuid4()}/revisions")

    assert (response.status_code, response.json()["code"]) == (404, "record_not_found")


@pytest.mark.parametrize("cursor", ["", "AAAA", "__________8", "AAAAAAAAAAB"])
async def test_a_place_in_a_history_is_one_that_was_given_out(
    client: httpx.AsyncClient, record: dict[str, Any], cursor: str
) -> None:
    response = await client.get(f"/records/{record['id']}/revisions", params={"cursor": cursor})

    assert (response.status_code, response.json()["code"]) == (400, "invalid_cursor")
    assert response.json()["errors"][0]["parameter"] == "cursor"


async def test_reads_a_record_at_a_version_with_the_etag_of_that(
    client: httpx.AsyncClient, record: dict[str, Any]
) -> None:
    address = f"/records/{record['id']}"
    then = await client.get(address, params={"version": 1})
    again = await client.get(address, params={"version": 1}, headers={"If-None-Match": '"1"'})

    assert (then.json(), then.headers["etag"]) == (record, '"1"')
    assert again.status_code == 304


async def test_reads_a_record_as_of_a_time(client: httpx.AsyncClient, record: dict[str, Any]) -> None:
    address = f"/records/{record['id']}"
    then = await client.get(address, params={"as_of": record["updated_at"]})

    assert then.json() == record


@pytest.mark.parametrize(
    ("parameters", "status", "code"),
    [
        ({"version": 3}, 410, "record_deleted"),
        ({"version": 4}, 404, "revision_not_found"),
        ({"as_of": "2000-01-01T00:00:00Z"}, 404, "record_not_found"),
        ({"as_of": "2100-01-01T00:00:00+01:00"}, 409, "time_not_come"),
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
    client: httpx.AsyncClient, record: dict[str, Any], parameters: dict[str, Any], status: int, code: str
) -> None:
    response = await client.get(f"/records/{record['id']}", params=parameters)

    assert (response.status_code, response.json()["code"]) == (status, code)
