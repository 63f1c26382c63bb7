"""A page of records has a bound in bytes: it ends sooner, and says that there are more."""

import json
from collections.abc import AsyncGenerator, Sequence
from dataclasses import replace
from random import Random
from string import ascii_letters, digits
from typing import Any, Final

import httpx2
import pytest

from datastore_service.application.limits import Limits
from datastore_service.bootstrap import build_application
from datastore_service.config.settings import Settings
from datastore_service.infrastructure.database.engine.pools import Engines
from datastore_service.testing import empty
from tests.apps import own_app

BYTES: Final = 400_000
LARGE: Final = 150_000
MANY: Final = "&fields=payload.number,payload.text," + ",".join(f"payload.a{number}" for number in range(40))
CHANCE: Final = Random(1)  # noqa: S311 - of nothing secret


def text(size: int, *, plain: bool) -> str:
    """Returns a text that PostgreSQL compresses well, or not at all."""
    return "".join(CHANCE.choices(ascii_letters + digits, k=size)) if plain else "x" * size


@pytest.fixture(scope="module", params=[True, False], ids=["plain", "compressed"])
async def client(
    request: pytest.FixtureRequest, settings: Settings, module_engines: Engines
) -> AsyncGenerator[httpx2.AsyncClient]:
    """The service on records of the collection c, which no test changes."""
    application = build_application(module_engines, replace(Limits(), page_bytes=BYTES))
    app = own_app(settings, application.mediator)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost:8080") as client:
        for number in range(12):
            payload: dict[str, Any] = {"number": number}
            if number % 3 == 1:
                payload["text"] = text(LARGE, plain=request.param)
            if number == 9:
                payload["text"] = text(2 * BYTES, plain=request.param)
            await client.post("/records", json={"collection": "c", "payload": payload})
        yield client
    await application.changes.close()
    await empty(module_engines)


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
async def test_a_page_ends_where_there_are_bytes_enough(client: httpx2.AsyncClient, query: str) -> None:
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


async def test_a_page_without_large_payloads_is_one_row(
    client: httpx2.AsyncClient, module_engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts: list[int] = []
    for pool in (module_engines.read, module_engines.planning):
        fetch = pool.fetch

        async def counting(text: str, arguments: Sequence[object], fetch: Any = fetch) -> Any:  # noqa: ANN401
            rows = await fetch(text, arguments)
            counts.append(len(rows))
            return rows

        monkeypatch.setattr(pool, "fetch", counting)

    answer = await client.get("/records?collection=c&limit=5&sort=payload.number&filter[payload.text][exists]=false")

    assert len(numbers(answer.json()["items"])) == 5
    assert counts == [1]


async def test_a_search_ends_there_as_well(client: httpx2.AsyncClient) -> None:
    first = (await client.post("/records/search", json={"collection": "c", "limit": 12})).json()
    then = (
        await client.post("/records/search", json={"collection": "c", "limit": 12, "cursor": first["next_cursor"]})
    ).json()

    assert numbers(first["items"]) + numbers(then["items"]) == list(range(len(first["items"]) + len(then["items"])))
    assert 0 < len(first["items"]) < 12


@pytest.mark.parametrize("is_backwards", [False, True])
@pytest.mark.parametrize("selected", ["payload", 'number: payload(path: "number") text: payload(path: "text")'])
async def test_a_page_of_graphql_ends_there_as_well(
    client: httpx2.AsyncClient, selected: str, is_backwards: bool
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


async def test_what_is_not_large_is_read_at_once(client: httpx2.AsyncClient) -> None:
    small = "filter[payload.text][exists]=false"
    answer = (await client.get(f"/records?collection=c&limit=12&{small}")).json()

    assert (numbers(answer["items"]), answer["next_cursor"]) == ([0, 2, 3, 5, 6, 8, 11], None)
    assert json.dumps(answer)


async def pages_of(client: httpx2.AsyncClient, address: str) -> list[list[int]]:
    """Returns the numbers on each page of a list, and expects each page to be within its bound."""
    pages: list[list[int]] = []
    while address:
        answer = await client.get(address)
        assert answer.status_code == 200, answer.text
        items = answer.json()["items"]
        assert len(answer.content) <= BYTES + 10_000 or len(items) == 1
        pages.append([(item.get("record") or item)["payload"]["number"] for item in items])
        address = answer.links["next"]["url"] if "next" in answer.links else ""
    return pages


async def linked(client: httpx2.AsyncClient) -> str:
    """Links a new record to all others, the least of them first."""
    source = (await client.post("/records", json={"collection": "d", "payload": {}})).json()["id"]
    found = await client.get("/records?collection=c&limit=12&fields=id")
    while True:
        for item in found.json()["items"]:
            assert (await client.put(f"/records/{source}/links/has/{item['id']}")).status_code == 201
        if "next" not in found.links:
            return source
        found = await client.get(found.links["next"]["url"])


async def revised(client: httpx2.AsyncClient, *, plain: bool, collection: str = "d") -> str:
    """Returns a record with seven revisions."""
    record = (await client.post("/records", json={"collection": collection, "payload": {"number": 1}})).json()
    for number in range(2, 8):
        content = text(2 * BYTES if number == 4 else LARGE, plain=plain)
        payload = {"number": number, "text": content}
        answer = await client.put(f"/records/{record['id']}", json={"collection": collection, "payload": payload})
        assert answer.status_code == 200
    return record["id"]


async def test_pages_of_links_end_there_as_well(client: httpx2.AsyncClient) -> None:
    pages = await pages_of(client, f"/records/{await linked(client)}/links?limit=12")

    assert [number for page in pages for number in page] == list(range(12))
    assert len(pages) > 2


async def test_pages_of_a_history_end_there_as_well(client: httpx2.AsyncClient) -> None:
    record_id = await revised(client, plain=True)
    pages = await pages_of(client, f"/records/{record_id}/revisions?limit=12")
    whole = [number for page in pages for number in page]

    assert whole == [7, 6, 5, 4, 3, 2, 1]
    assert len(pages) > 2
    address = f"/records/{record_id}/revisions?limit=12&diff=true"
    while address:
        answer = await client.get(address)
        assert [item["version"] for item in answer.json()["items"] if item["diff"] is None] in ([], [1])
        address = answer.links["next"]["url"] if "next" in answer.links else ""


@pytest.mark.parametrize("nested", ["links(first: 12{})", "revisions(first: 12{})"])
async def test_nested_lists_of_graphql_end_there_as_well(client: httpx2.AsyncClient, nested: str) -> None:
    record_id = await (linked(client) if "links" in nested else revised(client, plain=True))
    found: list[int] = []
    pages, after = 0, ""
    while True:
        query = (
            f'{{ record(id: "{record_id}") {{ its: {nested.format(after)} {{ '
            "nodes { payload } pageInfo { endCursor hasNextPage } } } }"
        )
        answer = (await client.post("/graphql", json={"query": query})).json()
        assert "errors" not in answer, answer
        its = answer["data"]["record"]["its"]
        found += [node["payload"]["number"] for node in its["nodes"]]
        pages += 1
        if not its["pageInfo"]["hasNextPage"]:
            break
        after = f', after: "{its["pageInfo"]["endCursor"]}"'

    assert found == (list(range(12)) if "links" in nested else [7, 6, 5, 4, 3, 2, 1])
    assert pages > 2


async def test_many_nested_lists_that_are_too_large_together_are_refused(client: httpx2.AsyncClient) -> None:
    for _ in range(3):
        await revised(client, plain=True, collection="many")
    query = '{ records(collection: "many", first: 3) { nodes { revisions(first: 1) { nodes { payload } } } } }'
    answer = (await client.post("/graphql", json={"query": query})).json()

    assert {error["extensions"]["code"] for error in answer["errors"]} == {"answer_too_large"}


async def test_records_by_their_ids_are_refused_if_they_are_too_large_together(client: httpx2.AsyncClient) -> None:
    ids: dict[int, str] = {}
    address = "/records?collection=c&limit=12&fields=id,payload.number"
    while address:
        answer = await client.get(address)
        ids |= {item["payload"]["number"]: item["id"] for item in answer.json()["items"]}
        address = answer.links["next"]["url"] if "next" in answer.links else ""

    async def got(*numbers: int) -> tuple[int, Any]:
        answer = await client.post("/records/get", json={"ids": [ids[number] for number in numbers]})
        return answer.status_code, answer.json()

    for numbers_of_few in [(9,), (0, 1, 2, 4), (0, 0, 2)]:
        status, body = await got(*numbers_of_few)
        assert (status, numbers(body["items"])) == (200, list(numbers_of_few))
    for too_many in [(0, 9), (1, 4, 7), (1, 1, 1), (9, 9)]:
        status, body = await got(*too_many)
        assert (status, body["code"]) == (400, "answer_too_large")
        assert "limits.page_bytes" in body["detail"]


@pytest.mark.parametrize("snapshot", ["false", "true"])
async def test_pages_of_changes_end_there_as_well(client: httpx2.AsyncClient, snapshot: str) -> None:
    found: list[int] = []
    pages, since = 0, f"snapshot={snapshot}"
    while True:
        answer = await client.get(f"/changes?collection=c&limit=100&{since}")
        assert len(answer.content) <= BYTES + 20_000 or len(answer.json()["items"]) == 1
        found += numbers(answer.json()["items"])
        pages += 1
        if not answer.json()["has_more"]:
            break
        since = f"since={answer.json()['next_cursor']}"

    assert found == list(range(12))
    assert pages > 2
