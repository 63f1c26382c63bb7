"""A page of records has a bound in bytes: it ends sooner, and says that there are more."""

import json
from collections.abc import AsyncGenerator
from dataclasses import replace
from random import Random
from string import ascii_letters, digits
from typing import Any, Final

import httpx
import pytest

from datastore_service.application.limits import Limits
from datastore_service.bootstrap import build_application
from datastore_service.config.settings import Settings
from datastore_service.infrastructure.database.engine import Engines
from datastore_service.main import create_app

BYTES: Final = 400_000
LARGE: Final = 150_000
MANY: Final = "&fields=payload.number,payload.text," + ",".join(f"payload.a{number}" for number in range(40))
CHANCE: Final = Random(1)  # noqa: S311 - of nothing secret


def text(size: int, *, plain: bool) -> str:
    """Returns a text that PostgreSQL compresses well, or not at all."""
    return "".join(CHANCE.choices(ascii_letters + digits, k=size)) if plain else "x" * size


@pytest.fixture(params=[True, False], ids=["plain", "compressed"])
async def client(
    request: pytest.FixtureRequest, settings: Settings, engines: Engines
) -> AsyncGenerator[httpx.AsyncClient]:
    application = build_application(engines, replace(Limits(), page_bytes=BYTES))
    app = create_app(settings)
    app.state.mediator = application.mediator
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://localhost:8080") as client:
        for number in range(12):
            payload: dict[str, Any] = {"number": number}
            if number % 3 == 1:
                payload["text"] = text(LARGE, plain=request.param)
            if number == 9:
                payload["text"] = text(2 * BYTES, plain=request.param)
            await client.post("/records", json={"collection": "c", "payload": payload})
        yield client
    await application.changes.close()


def numbers(items: list[Any]) -> list[int]:
    return [item["payload"]["number"] for item in items]


@pytest.mark.parametrize(
    "query",
    [
        "",
        "&sort=-payload.number",
        "&fields=id,payload",
        "&fields=payload.number,payload.text",
        MANY,
    ],
)
async def test_a_page_ends_where_there_are_bytes_enough(client: httpx.AsyncClient, query: str) -> None:
    address, pages = f"/records?collection=c&limit=12{query}", list[list[int]]()
    while address:
        answer = await client.get(address)
        assert answer.status_code == 200, answer.text
        assert len(answer.content) <= BYTES + 10_000 or len(answer.json()["items"]) == 1
        assert ("next" in answer.links) == (answer.json()["next_cursor"] is not None)
        pages.append(numbers(answer.json()["items"]))
        address = answer.links["next"]["url"] if "next" in answer.links else ""

    found = [number for page in pages for number in page]
    assert found == (list(range(12)) if "sort" not in query else list(range(11, -1, -1)))
    assert len(pages) > 2
    assert [9] in pages


async def test_a_search_ends_there_as_well(client: httpx.AsyncClient) -> None:
    first = (await client.post("/records/search", json={"collection": "c", "limit": 12})).json()
    then = (
        await client.post("/records/search", json={"collection": "c", "limit": 12, "cursor": first["next_cursor"]})
    ).json()

    assert numbers(first["items"]) + numbers(then["items"]) == list(range(len(first["items"]) + len(then["items"])))
    assert 0 < len(first["items"]) < 12


@pytest.mark.parametrize("is_backwards", [False, True])
@pytest.mark.parametrize("selected", ["payload", 'number: payload(path: "number") text: payload(path: "text")'])
async def test_a_page_of_graphql_ends_there_as_well(
    client: httpx.AsyncClient, selected: str, is_backwards: bool
) -> None:
    size, place, cursor, more = (
        ("last", "before", "startCursor", "hasPreviousPage")
        if is_backwards
        else ("first", "after", "endCursor", "hasNextPage")
    )
    query = (
        f'query ($place: String) {{ records(collection: "c", {size}: 12, {place}: $place) {{ '
        f"nodes {{ {selected} }} pageInfo {{ {cursor} {more} }} }} }}"
    )
    found: list[list[int]] = []
    variables: dict[str, Any] = {}
    while True:
        answer = await client.post("/graphql", json={"query": query, "variables": variables})
        assert "errors" not in answer.json(), answer.text[:500]
        page = answer.json()["data"]["records"]
        assert len(answer.content) <= BYTES + 10_000 or len(page["nodes"]) == 1
        found.append([node["payload"]["number"] if "payload" in node else node["number"] for node in page["nodes"]])
        if not page["pageInfo"][more]:
            break
        variables = {"place": page["pageInfo"][cursor]}

    in_order = found[::-1] if is_backwards else found
    assert [number for page in in_order for number in page] == list(range(12))
    assert len(found) > 2


async def test_what_is_not_large_is_read_at_once(client: httpx.AsyncClient) -> None:
    small = "filter[payload.text][exists]=false"
    answer = (await client.get(f"/records?collection=c&limit=12&{small}")).json()

    assert (numbers(answer["items"]), answer["next_cursor"]) == ([0, 2, 3, 5, 6, 8, 11], None)
    assert json.dumps(answer)
