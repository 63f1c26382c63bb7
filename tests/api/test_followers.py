"""Consumers and webhooks over REST, with preconditions and Idempotency-Keys."""

import httpx2
import pytest

ADDRESSES = pytest.mark.parametrize(
    ("address", "body", "other"),
    [
        ("/consumers/mails", {}, {"cursor": "now", "rewind": True}),
        ("/webhooks/mails", {"url": "http://localhost:9000/hook"}, {"url": "http://localhost:9000/other"}),
    ],
)
type Body = dict[str, object]


@ADDRESSES
async def test_what_is_held_already_is_not_sent_again(
    client: httpx2.AsyncClient, address: str, body: Body, other: Body
) -> None:
    tag = (await client.put(address, json=body)).headers["etag"]

    read = await client.get(address)
    held = await client.get(address, headers={"If-None-Match": tag})
    changed = await client.put(address, json=other)
    stale = await client.get(address, headers={"If-Match": tag})
    fresh = await client.get(address, headers={"If-None-Match": tag})

    assert (read.headers["etag"], read.headers["cache-control"]) == (tag, "no-store")
    assert (held.status_code, held.headers["etag"], held.content) == (304, tag, b"")
    assert (stale.status_code, stale.json()["code"]) == (412, "precondition_failed")
    assert (fresh.status_code, fresh.headers["etag"]) == (200, changed.headers["etag"])


@ADDRESSES
async def test_it_is_written_only_as_it_was_seen(
    client: httpx2.AsyncClient, address: str, body: Body, other: Body
) -> None:
    missing = await client.put(address, json=body, headers={"If-Match": "*"})
    made = await client.put(address, json=body, headers={"If-None-Match": "*"})
    there = await client.put(address, json=body, headers={"If-None-Match": "*"})
    seen = {"If-Match": made.headers["etag"]}
    changed = await client.put(address, json=other, headers=seen)
    stale = await client.put(address, json=body, headers=seen)
    kept = await client.delete(address, headers=seen)
    gone = await client.delete(address, headers={"If-Match": changed.headers["etag"]})

    statuses = [answer.status_code for answer in (missing, made, there, changed, stale, kept, gone)]
    assert statuses == [412, 201, 412, 200, 412, 412, 204]
    assert stale.headers["etag"] == changed.headers["etag"]


@ADDRESSES
async def test_a_write_that_comes_again_gets_its_first_answer(
    client: httpx2.AsyncClient, address: str, body: Body, other: Body
) -> None:
    first = await client.put(address, json=body, headers={"Idempotency-Key": "make"})
    await client.put(address, json=other)
    deletions = [await client.delete(address, headers={"Idempotency-Key": "delete"}) for _ in range(2)]
    again = await client.put(address, json=body, headers={"Idempotency-Key": "make"})

    assert (again.status_code, again.json(), again.headers["etag"]) == (201, first.json(), first.headers["etag"])
    assert [deletion.status_code for deletion in deletions] == [204, 204]
    assert {answer.headers["idempotency-replayed"] for answer in (deletions[1], again)} == {"true"}
    assert (await client.get(address)).status_code == 404


async def test_the_secret_that_was_made_is_in_the_repeated_answer(client: httpx2.AsyncClient) -> None:
    body, key = {"url": "http://localhost:9000/hook"}, {"Idempotency-Key": "k"}

    first, again = [await client.put("/webhooks/mails", json=body, headers=key) for _ in range(2)]

    assert again.json()["secret"] == first.json()["secret"] is not None
