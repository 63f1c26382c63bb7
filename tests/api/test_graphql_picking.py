"""`payload(path:)` picks inside a payload."""

from typing import Any

import httpx2
import pytest

PAYLOAD = {
    "name": "Ada",
    "address": {"city": "London"},
    "items": [{"price": 1.10}, {"price": 10}],
    "a.b": None,
    "n": 2**70,
}
QUERY = "query ($path: String) { records(first: 1) { nodes { payload(path: $path) whole: payload } } }"


async def picked(client: httpx2.AsyncClient, path: str | None) -> Any:  # noqa: ANN401 - JSON
    await client.post("/records", json={"payload": PAYLOAD})
    response = await client.post("/graphql", json={"query": QUERY, "variables": {"path": path}})
    return response.json()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (None, PAYLOAD),
        ("", PAYLOAD),
        ("name", "Ada"),
        ("address.city", "London"),
        ("address", {"city": "London"}),
        ("items[0].price", 1.1),
        ("items[-1].price", 10),
        ("n", 2**70),
        ('"a.b"', None),
        ("nowhere.at.all", None),
        ("name.city", None),
    ],
)
async def test_gives_what_is_at_the_place(client: httpx2.AsyncClient, path: str | None, value: object) -> None:
    (node,) = (await picked(client, path))["data"]["records"]["nodes"]

    assert node == {"payload": value, "whole": PAYLOAD}


async def test_a_path_that_is_none_is_named(client: httpx2.AsyncClient) -> None:
    (error,) = (await picked(client, "a..b"))["errors"]

    assert error["extensions"]["code"] == "validation_failed"
    assert error["path"] == ["records", "nodes", 0, "payload"]
