"""Fields of records stand where they stand in the record, items of arrays as well."""

from collections.abc import Mapping
from typing import Any

import httpx2
import pytest

PAYLOAD = {
    "items": ["p", "q", "r"],
    "a": {"c": [{"x": 1, "y": 2}, {"x": 3}]},
    "o": {"0": "zero", "1": {"2": [7]}},
    "deep": [[1, 2], [3, 4]],
}


@pytest.fixture(params=["fakes", "postgresql"])
def service(request: pytest.FixtureRequest) -> httpx2.AsyncClient:
    return request.getfixturevalue("client" if request.param == "fakes" else "sql_client")


@pytest.mark.parametrize(
    ("fields", "payload"),
    [
        ("payload.items[0]", {"items": ["p"]}),
        ("payload.items[2]", {"items": [None, None, "r"]}),
        ("payload.items[-1]", {"items": [None, None, "r"]}),
        ("payload.items[2],payload.items[0]", {"items": ["p", None, "r"]}),
        ("payload.items[-3],payload.items[0]", {"items": ["p"]}),
        ("payload.items.1", {"items": [None, "q"]}),
        ("payload.items[0],payload.items", {"items": ["p", "q", "r"]}),
        ("payload.a.c[0].x", {"a": {"c": [{"x": 1}]}}),
        ("payload.a.c[1].x,payload.a.c[0].y", {"a": {"c": [{"y": 2}, {"x": 3}]}}),
        ("payload.deep[1][-2],payload.deep[-2][1]", {"deep": [[None, 2], [3]]}),
        ("payload.o.0,payload.o.1.2[0]", {"o": {"0": "zero", "1": {"2": [7]}}}),
        ("payload.o[0]", {"o": {"0": "zero"}}),
        ("payload.items[3]", None),
        ("payload.items[-4]", None),
        ("payload.items[x]", 422),
    ],
)
async def test_items_stand_in_arrays_at_their_places(service: httpx2.AsyncClient, fields: str, payload: object) -> None:
    address = (await service.post("/records", json={"payload": PAYLOAD})).headers["location"]
    await service.put(address, json={"payload": PAYLOAD})
    names = fields.split(",")

    answers: Mapping[str, httpx2.Response] = {
        "one": await service.get(address, params={"fields": fields}),
        "as it was": await service.get(address, params={"fields": fields, "version": "1"}),
        "list": await service.get("/records", params={"fields": fields}),
        "search": await service.post("/records/search", json={"fields": names}),
    }

    for name, answer in answers.items():
        if payload == 422:
            assert answer.status_code == 422, name
            continue
        found: dict[str, Any] = answer.json()
        record = found["items"][0] if "items" in found else found
        assert record == ({} if payload is None else {"payload": payload}), name


async def test_a_payload_that_is_an_array(service: httpx2.AsyncClient) -> None:
    address = (await service.post("/records", json={"payload": [1, {"a": [2, 3]}]})).headers["location"]

    found = await service.get(address, params={"fields": "payload[1].a[-1],payload[0]"})

    assert found.json() == {"payload": [1, {"a": [None, 3]}]}
