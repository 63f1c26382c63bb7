"""Bodies within the limit of bytes that would take long to be read, or to be told what is wrong with them."""

import json
import time
from typing import Any

import httpx2
import pytest

from datastore_service.application.json_codec import TooManyValues, decode

JSON = {"Content-Type": "application/json"}
PATCH = {"Content-Type": "application/json-patch+json"}
ID = "01890a5d-ac96-774b-bcce-b302099a8057"
MANY = 100_000
"""Fewer than may be in one text (limits.json_values)."""

ITEMS = {
    "numbers": b"0",
    "long numbers": b"1e100",
    "objects": b"{}",
    "arrays": b"[]",
    "texts": b'""',
    "fractions": b"1.10",
}
WRONG = dict.fromkeys(map(str, range(MANY)), 1)
FAULTY: dict[str, tuple[str, dict[str, Any]]] = {
    "ids": ("/records/get", {"ids": [1] * MANY}),
    "operations": ("/batch", {"operations": [{}] * MANY}),
    "operations that lack something": ("/batch", {"operations": [{"op": "create"}] * MANY}),
    "references": (
        "/batch",
        {"operations": [{"op": "create", "payload": 1, "refs": dict.fromkeys(map(str, range(MANY)), 1)}]},
    ),
    "members": ("/records", {"payload": 1, **WRONG}),
    "fields of a sort": ("/records/search", {"sort": [1] * MANY}),
    "comparisons": ("/records/search", {"filter": {"or": [{"payload.a": {"gt": []}}] * (MANY // 2)}}),
    "measures": ("/records/aggregate", {"measures": WRONG}),
}


async def post(client: httpx2.AsyncClient, path: str, body: bytes | dict[str, Any]) -> httpx2.Response:
    """Posts, and makes sure that the service has not computed for long; what a thread of its own does counts not."""
    began = time.thread_time()
    content = json.dumps(body).encode() if isinstance(body, dict) else body
    answer = await client.post(path, content=content, headers=JSON)
    assert time.thread_time() - began < 1
    return answer


@pytest.mark.parametrize(
    ("path", "item"),
    [*[("/records", item) for item in ITEMS.values()], *[(path, b"{}") for path in ("/batch", "/graphql")]],
)
async def test_takes_so_many_values_in_one_body(client: httpx2.AsyncClient, path: str, item: bytes) -> None:
    many = 8_000_000 // (len(item) + 1)

    answer = await post(client, path, b'{"payload": [' + b",".join([item] * many) + b"]}")

    assert answer.status_code == 413
    assert "250000 values" in answer.text
    assert "too_many_values" in answer.text


async def test_counts_values_and_not_what_is_in_texts(client: httpx2.AsyncClient) -> None:
    text = ',"[{\\"' * 500_000

    answer = await client.post("/records", json={"payload": [text, text.encode().hex()[:1000]]})

    assert answer.status_code == 201
    assert answer.json()["payload"][0] == text


@pytest.mark.parametrize(("path", "body"), FAULTY.values(), ids=FAULTY)
async def test_tells_the_first_of_many_faults_or_how_many_there_are(
    client: httpx2.AsyncClient, path: str, body: dict[str, Any]
) -> None:
    answer = await post(client, path, body)

    assert answer.status_code == 422
    assert answer.json()["code"] == "validation_failed"
    assert len(answer.json().get("errors", [])) <= 10
    assert len(answer.content) < 10_000


async def test_tells_ten_faults(client: httpx2.AsyncClient) -> None:
    answer = await post(client, "/records/get", {"ids": ["x"] * 100})

    assert [error["pointer"] for error in answer.json()["errors"]] == [f"#/ids/{index}" for index in range(10)]


@pytest.mark.parametrize("place", ["/payload/0", "/payload/-"])
async def test_applies_a_patch_to_a_long_array(client: httpx2.AsyncClient, place: str) -> None:
    location = (await client.post("/records", json={"payload": [0] * 200_000})).headers["location"]
    began = time.thread_time()

    answer = await client.patch(location, json=[{"op": "add", "path": place, "value": 1}] * 1000, headers=PATCH)

    assert answer.status_code == 200
    assert time.thread_time() - began < 3


def test_decodes_as_many_values_as_it_is_told() -> None:
    assert decode(b'[1,"a,b",{}]', max_values=5) == [1, "a,b", {}]
    with pytest.raises(TooManyValues):
        decode(b"[1,2,3,4,5,6]", max_values=6)
    assert decode(b"[1,2,3,4,5,6]", max_values=7) == [1, 2, 3, 4, 5, 6]
