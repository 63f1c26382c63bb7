"""Query strings that say something else than they seem to are refused, with the part that is at fault."""

import httpx2
import pytest


@pytest.mark.parametrize(
    ("address", "parameter"),
    [
        ("/records?filter[payload.x]=%E9", "filter[payload.x]"),
        ("/records?limit=1&q=%ff", "q"),
        ("/records?tag=a&tag=%C3", "tag"),
        ("/records?sort=payload.%E9", "sort"),
        ("/records?fields=id,payload.%ED%A0%80", "fields"),
        ("/records?filter[payload.%E9]=1", "filter[payload.\\xe9]"),
        ("/records?unknown%80=1", "unknown\\x80"),
        ("/graphql?query=%7B__typename%7D&variables=%7B%22a%22:%22%E9%22%7D", "variables"),
        ("/export?collection=%E9", "collection"),
        ("/changes?since=%E9", "since"),
        ("/collections/%E9", None),
        ("/records/%FF", None),
    ],
)
async def test_bytes_that_are_no_utf_8_are_refused(
    client: httpx2.AsyncClient, address: str, parameter: str | None
) -> None:
    response = await client.get(address)

    assert (response.status_code, response.json()["code"]) == (400, "malformed_request")
    assert "UTF-8" in response.json()["detail"]
    if parameter is None:
        assert "path" in response.json()["detail"]
    else:
        assert [error["parameter"] for error in response.json()["errors"]] == [parameter]


async def test_utf_8_is_taken(client: httpx2.AsyncClient) -> None:
    await client.post("/records", json={"payload": {"é": "ü\ufffd😀"}})

    found = await client.get("/records?filter[payload.%C3%A9]=%C3%BC%EF%BF%BD%F0%9F%98%80")

    assert [record["payload"] for record in found.json()["items"]] == [{"é": "ü\ufffd😀"}]


@pytest.mark.parametrize(
    ("query", "hint"),
    [
        ("sort=payload.a desc", "write -payload.a."),
        ("sort=payload.a+DESC", "write -payload.a."),
        ("sort=payload.a asc", "write payload.a."),
        ("sort=payload.b,payload.a  descending", "write -payload.a."),
        ("sort=payload.a ", "there is a blank"),
        ("sort=payload.a%09", "there is a blank"),
        ("sort=payload.a%C2%A0", "there is a blank"),
        ("sort=payload. a", "double quotes"),
        ("filter[payload.a>]=1", "[gte]"),
        ("filter[payload.a >=]=1", "[gte]"),
        ("filter[payload.a!]=1", "[gte]"),
        ("filter[payload.a ][eq]=1", "there is a blank"),
        ("filter[payload.a,payload.b]=1", "double quotes"),
        ("filter[count(payload.a)]=1", "no field"),
        ("filter[payload.items.*]=1", "double quotes"),
        ("fields=payload.a b", "double quotes"),
    ],
)
async def test_a_misspelt_field_is_no_key(client: httpx2.AsyncClient, query: str, hint: str) -> None:
    response = await client.get(f"/records?{query}")

    assert (response.status_code, response.json()["code"]) == (422, "validation_failed")
    assert hint in response.json()["detail"]


async def test_bodies_and_graphql_refuse_it_as_well(client: httpx2.AsyncClient) -> None:
    searched = await client.post("/records/search", json={"sort": ["payload.a desc"]})
    asked = await client.post("/graphql", json={"query": '{records(orderBy:[{payload:"a desc"}]){totalCount}}'})

    assert searched.status_code == 422
    assert "-payload.a" in searched.json()["detail"]
    assert "-payload.a" in asked.text


@pytest.mark.parametrize(
    "key",
    ["@type", "foo-bar", "é", "$ref", "a/b", "xml:lang", "a+b", "50%", "#1", "it's", "a&b", "q?", "a~b", "_", "desc"],
)
async def test_other_keys_need_no_quotes(client: httpx2.AsyncClient, key: str) -> None:
    await client.post("/records", json={"payload": {key: 1}})

    found = await client.get("/records", params={f"filter[payload.{key}]": "1", "sort": f"-payload.{key}"})

    assert [record["payload"] for record in found.json()["items"]] == [{key: 1}]


@pytest.mark.parametrize("key", ["a b", "a>", "a desc", " ", "a,b", "*", "a(b)", "\n", "a=1"])
async def test_any_key_can_be_quoted(client: httpx2.AsyncClient, key: str) -> None:
    await client.post("/records", json={"payload": {key: 1}})

    found = await client.get("/records", params={f'filter[payload."{key}"]': "1"})

    assert [record["payload"] for record in found.json()["items"]] == [{key: 1}]
