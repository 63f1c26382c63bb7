"""The Idempotency-Key header over both facades; what it does is tested in tests/contract."""

import httpx2
import pytest


async def test_the_same_request_again_gets_the_same_answer_and_is_told_so(client: httpx2.AsyncClient) -> None:
    key = {"Idempotency-Key": '"8e03978e-40d5-43dd-bc93-6894a57f9324"'}

    first = await client.post("/records", json={"payload": 1}, headers=key)
    again = await client.post("/records", json={"payload": 1}, headers=key)

    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert first.headers["location"] == again.headers["location"]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"


async def test_quotes_around_the_key_are_no_part_of_it(client: httpx2.AsyncClient) -> None:
    first = await client.post("/records", json={"payload": 1}, headers={"Idempotency-Key": '"k"'})
    again = await client.post("/records", json={"payload": 1}, headers={"Idempotency-Key": "k"})

    assert first.json()["id"] == again.json()["id"]


async def test_a_refusal_is_repeated_as_it_was(client: httpx2.AsyncClient) -> None:
    address = (await client.post("/records", json={"payload": 1})).headers["location"]
    headers = {"Idempotency-Key": "k", "If-Match": '"7"'}

    first = await client.put(address, json={"payload": 2}, headers=headers)
    again = await client.put(address, json={"payload": 2}, headers=headers)

    assert (first.status_code, first.headers["etag"]) == (412, '"1"')
    assert (again.status_code, again.headers["etag"], again.json()) == (412, '"1"', first.json())
    assert again.headers["idempotency-replayed"] == "true"


async def test_another_request_with_the_key_is_422(client: httpx2.AsyncClient) -> None:
    key = {"Idempotency-Key": "k"}
    created = await client.post("/records", json={"payload": 1}, headers=key)

    other = await client.delete(created.headers["location"], headers=key)

    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert (await client.get(created.headers["location"])).status_code == 200


@pytest.mark.parametrize("key", ["", '""', "a b", '"a', "a,b", "ü", "x" * 256, '"x\\y"'])
async def test_refuses_what_is_no_key(client: httpx2.AsyncClient, key: str) -> None:
    answer = await client.post("/records", json={"payload": 1}, headers=[(b"Idempotency-Key", key.encode())])

    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_header")


async def test_refuses_two_keys(client: httpx2.AsyncClient) -> None:
    keys = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]

    assert (await client.post("/records", json={"payload": 1}, headers=keys)).status_code == 400


async def test_holds_for_each_mutation_of_a_graphql_request(client: httpx2.AsyncClient) -> None:
    mutation = """mutation {
      a: createRecord(input: {payload: 1}) { record { id } }
      b: createRecord(input: {payload: 2}) { record { id } }
    }"""
    key = {"Idempotency-Key": "k"}

    first = await client.post("/graphql", json={"query": mutation}, headers=key)
    again = await client.post("/graphql", json={"query": mutation}, headers=key)

    assert first.json() == again.json()
    assert first.json()["data"]["a"] != first.json()["data"]["b"]
    assert len((await client.get("/records")).json()["items"]) == 2
