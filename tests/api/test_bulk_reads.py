"""POST /records/get: many records at once."""

from uuid import uuid4

import httpx2


async def test_answers_in_the_order_of_the_ids_and_names_the_missing_ones(client: httpx2.AsyncClient) -> None:
    addresses = [(await client.post("/records", json={"payload": n})).headers["location"] for n in range(3)]
    await client.delete(addresses[1])
    first, deleted, third = (address.rpartition("/")[2] for address in addresses)
    unknown = str(uuid4())

    answer = await client.post("/records/get", json={"ids": [third, unknown, first, deleted, third, unknown]})

    assert answer.status_code == 200
    assert [item["payload"] for item in answer.json()["items"]] == [2, 0, 2]
    assert answer.json()["missing"] == [unknown, deleted]


async def test_takes_a_thousand_ids_and_no_more(client: httpx2.AsyncClient) -> None:
    ids = [str(uuid4()) for _ in range(1001)]

    taken = await client.post("/records/get", json={"ids": ids[:1000]})
    refused = await client.post("/records/get", json={"ids": ids})
    none = await client.post("/records/get", json={"ids": []})

    assert (taken.status_code, len(taken.json()["missing"])) == (200, 1000)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, "#/ids")
    assert none.json() == {"items": [], "missing": []}


async def test_is_no_record(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/records/get")

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST, OPTIONS")


async def test_says_which_id_is_none(client: httpx2.AsyncClient) -> None:
    answer = await client.post("/records/get", json={"ids": [str(uuid4()), "x"]})

    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (422, "#/ids/1")
