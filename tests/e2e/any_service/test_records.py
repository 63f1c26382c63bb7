"""The life of records in any running service, through both doors; the collections are new, the store may not be."""

import asyncio
from collections.abc import Generator
from uuid import uuid4

import httpx2
import pytest

from tests.patience import PATIENCE


@pytest.fixture
def client(base_url: str) -> Generator[httpx2.Client]:
    with httpx2.Client(base_url=base_url, timeout=PATIENCE) as client:
        yield client


@pytest.fixture
def collection() -> str:
    """A name that no store has met."""
    return f"e2e-{uuid4().hex}"


def graphql(client: httpx2.Client, query: str, **variables: object) -> dict[str, object]:
    answer = client.post("/graphql", json={"query": query, "variables": variables}).json()
    assert "errors" not in answer, answer
    return answer["data"]


def test_writes_through_rest_and_reads_through_graphql(client: httpx2.Client, collection: str) -> None:
    written = client.post("/records", json={"collection": collection, "payload": {"name": "Ada"}, "tags": ["x"]})

    query = "query ($id: UUID!) { record(id: $id) { id collection version payload tags } }"
    read = graphql(client, query, id=written.json()["id"])

    assert read == {"record": {key: written.json()[key] for key in ("id", "collection", "version", "payload", "tags")}}


def test_a_record_is_created_read_changed_and_deleted(client: httpx2.Client, collection: str) -> None:
    created = client.post("/records", json={"collection": collection, "payload": {"name": "Ada", "born": 1815}})
    address = created.headers["location"]

    unchanged = client.get(address, headers={"If-None-Match": created.headers["etag"]})
    patched = client.patch(
        address,
        json={"payload": {"name": "Ada Lovelace"}},
        headers={"Content-Type": "application/merge-patch+json", "If-Match": created.headers["etag"]},
    )
    stale = client.put(address, json={"payload": 0}, headers={"If-Match": created.headers["etag"]})
    read = client.get(address)
    deleted = client.delete(address)
    gone = client.get(address)

    answers = (created, unchanged, patched, stale, read, deleted, gone)
    assert [answer.status_code for answer in answers] == [201, 304, 200, 412, 200, 204, 410]
    assert read.json()["payload"] == {"name": "Ada Lovelace", "born": 1815}
    assert (read.json()["version"], read.headers["etag"]) == (2, '"2"')


def test_a_collection_is_listed_page_by_page(client: httpx2.Client, collection: str) -> None:
    for n in range(5):
        client.post("/records", json={"collection": collection, "payload": n}).raise_for_status()

    seen: list[int] = []
    query = {"collection": collection, "limit": "2"}
    while page := client.get("/records", params=query).raise_for_status().json():
        seen += [item["payload"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = page["next_cursor"]

    assert sorted(seen) == [0, 1, 2, 3, 4]


def test_digits_come_back_as_they_were_sent(client: httpx2.Client, collection: str) -> None:
    body = f'{{"collection": "{collection}", "payload": 12345678901234567890.10}}'
    created = client.post("/records", content=body, headers={"Content-Type": "application/json"})

    assert b"12345678901234567890.10" in client.get(created.headers["location"]).content


async def test_of_twenty_writers_over_http_one_wins(base_url: str, collection: str) -> None:
    async with httpx2.AsyncClient(base_url=base_url, timeout=PATIENCE) as client:
        created = await client.post("/records", json={"collection": collection, "payload": 0})
        address = created.headers["location"]

        answers = await asyncio.gather(
            *(client.put(address, json={"payload": n}, headers={"If-Match": '"1"'}) for n in range(20))
        )

    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 19
