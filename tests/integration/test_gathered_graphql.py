"""GraphQL's reads by key that wait at the same moment share a statement, and each is answered as if it were alone."""

import asyncio
import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from itertools import product
from typing import Any, Final

import httpx2
import pytest

from datastore_service.api.graphql.compiler.answers import Tally
from datastore_service.application.mediator import Mediator
from datastore_service.config.settings import Settings
from datastore_service.infrastructure.database.engine.pool import Rows
from datastore_service.infrastructure.database.engine.pools import Engines
from datastore_service.infrastructure.database.read.selections import adaptive_batching
from tests.both_ways import BothWays, both_ways
from tests.statements import statements_of

ONE, OTHER, DELETED, MISSING = IDS = [f"01a210d2-60bc-70f9-9dd6-c14b2b5c84b{digit}" for digit in "abcd"]

type Variables = Mapping[str, Any]

PLAIN: Final = "query ($id: UUID!) { record(id: $id) { id payload version tags } }"
NESTED: Final = """
query ($id: UUID!, $relation: String, $first: Int!, $name: String!) {
  collection(name: $name) { name }
  record(id: $id) {
    id
    links(relation: $relation, first: $first) { nodes { id backlinks(first: 3) { nodes { id } } } edges { cursor } }
    revisions(first: 2) { nodes { version payload } pageInfo { hasNextPage } }
  }
}
"""
PAST: Final = "query ($id: UUID!, $version: Int) { record(id: $id, version: $version) { id payload version } }"
COUNTED: Final = "query ($id: UUID!) { record(id: $id) { links(first: 1) { totalCount } } }"
LARGE: Final = "query ($id: UUID!) { record(id: $id) { links(first: 501) { nodes { id } } } }"
LIST: Final = """
query ($name: String, $value: JSON!, $first: Int, $after: String, $last: Int, $before: String) {
  records(
    collection: $name, filter: { payload: [{ path: "n", eq: $value }] }
    first: $first, after: $after, last: $last, before: $before
  ) {
    edges { cursor node { id payload tags links(first: 2) { nodes { id } } } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""
RANGE: Final = """
query ($value: Number!) {
  records(filter: { payload: [{ path: "n", number: { gte: $value } }] }, first: 2) { nodes { id } }
}
"""
MANY: Final = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"


@pytest.fixture
async def service(sql_settings: Settings, sql_mediator: Mediator) -> AsyncGenerator[BothWays]:
    async with both_ways(sql_settings, sql_mediator) as service:
        for record in (ONE, OTHER, DELETED):
            body = {"id": record, "payload": {"é": record}, "tags": [record[-1]], "collection": "people"}
            await service.compiling.post("/records", json=body)
        for version in range(2):
            await service.compiling.put(f"/records/{OTHER}", json={"payload": version})
        for relation, target in (("knows", OTHER), ("owns", OTHER), ("knows", ONE)):
            await service.compiling.put(f"/records/{ONE}/links/{relation}/{target}")
        await service.compiling.delete(f"/records/{DELETED}")
        yield service


async def ask(client: httpx2.AsyncClient, query: str, variables: Variables) -> Any:  # noqa: ANN401 - any JSON
    body = json.dumps({"query": query, "variables": variables})
    answer = await client.post("/graphql", content=body, headers={"Content-Type": "application/json"})
    return answer.json()


async def answered(service: BothWays, query: str, group: Sequence[Variables]) -> list[Any]:
    """Asks for all at the same moment, and compares with what the resolvers answer one by one."""
    answers = await asyncio.gather(*(ask(service.compiling, query, variables) for variables in group))
    assert answers == [await ask(service.interpreting, query, variables) for variables in group]
    return answers


async def test_present_and_absent_ones_are_read_by_one_statement(service: BothWays, engines: Engines) -> None:
    group = [{"id": record} for record in [*IDS, ONE]]
    with statements_of(engines) as statements:
        answers = await asyncio.gather(*(ask(service.compiling, PLAIN, variables) for variables in group))

    assert len(statements) == 1
    assert await answered(service, PLAIN, group) == answers
    assert service.tally.interpreted == 0


async def test_what_is_nested_has_arguments_of_its_own(service: BothWays) -> None:
    wanted = product([ONE, OTHER, MISSING], ["knows", None], [0, 1, 5], ["people", "nobody"])
    group: list[Variables] = [dict(zip(("id", "relation", "first", "name"), each, strict=True)) for each in wanted]

    await answered(service, NESTED, group)

    assert service.tally == Tally(compiled=len(group), interpreted=0)


async def test_versions_are_read_together(service: BothWays) -> None:
    await answered(service, PAST, [{"id": record, "version": version} for record in IDS for version in (1, 2, 3, 9)])

    assert service.tally.interpreted == 0


@pytest.mark.parametrize("place", [0, 3, 6])
async def test_one_that_fails_fails_nobody_else(service: BothWays, place: int) -> None:
    group: list[dict[str, Any]] = [{"id": ONE, "relation": "knows", "first": 1, "name": "people"} for _ in range(7)]
    # Which PostgreSQL cannot hold.
    group[place]["name"] = "\0"

    await answered(service, NESTED, group)

    assert service.tally == Tally(compiled=6, interpreted=1)


async def test_who_is_cancelled_takes_nothing_from_the_others(service: BothWays, engines: Engines) -> None:
    leaving, staying = (asyncio.ensure_future(ask(service.compiling, PLAIN, {"id": each})) for each in (ONE, OTHER))
    while not engines.keyed.connections.in_use:  # noqa: ASYNC110 - the pool tells nobody
        await asyncio.sleep(0)

    leaving.cancel()

    assert (await staying)["data"]["record"]["id"] == OTHER


async def test_all_are_told_that_the_store_is_away(
    service: BothWays, engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(_text: str, _arguments: Sequence[object]) -> Rows:
        raise ConnectionRefusedError

    with monkeypatch.context() as patch:
        patch.setattr(engines.keyed, "fetch", refuse)
        answers = await answered(service, PLAIN, [{"id": ONE}, {"id": OTHER}])

    assert [answer["errors"][0]["extensions"]["code"] for answer in answers] == ["store_unavailable"] * 2


@pytest.mark.parametrize("query", [MANY, COUNTED, LARGE])
async def test_what_is_not_by_key_or_may_take_long_is_read_alone(
    service: BothWays, engines: Engines, query: str
) -> None:
    group = [{"ids": [each], "id": each} for each in (ONE, OTHER)]
    with statements_of(engines) as statements:
        await asyncio.gather(*(ask(service.compiling, query, variables) for variables in group))

    assert len(statements) == 2
    await answered(service, query, group)


@pytest.fixture
async def numbered(service: BothWays, monkeypatch: pytest.MonkeyPatch) -> BothWays:
    # However busy the machine is.
    monkeypatch.setattr(adaptive_batching, "_QUICK", 1e9)
    monkeypatch.setattr(adaptive_batching, "_SLOW", 1e9)
    for number in range(12):
        body = {"payload": {"n": number % 3}, "tags": [f"t{number}"], "collection": "ab"[number % 2]}
        await service.compiling.post("/records", json=body)
    return service


async def test_lists_by_a_value_share_a_statement_while_one_is_read(numbered: BothWays, engines: Engines) -> None:
    group = [{"value": value, "first": 3, "name": name} for value in (0, 1, 2, 9, 2.5) for name in ("a", "b", "c")]
    await ask(numbered.compiling, LIST, group[0])

    with statements_of(engines) as statements:
        answers = await asyncio.gather(*(ask(numbered.compiling, LIST, variables) for variables in group))

    assert len(statements) == 2
    assert await answered(numbered, LIST, group) == answers
    assert numbered.tally.interpreted == 0


async def test_pages_of_lists_are_read_together(numbered: BothWays) -> None:
    answer = await ask(numbered.compiling, LIST, {"value": 1, "first": 4})
    cursors = [edge["cursor"] for edge in answer["data"]["records"]["edges"]]
    assert len(cursors) == 4

    for size, place in (("first", "after"), ("last", "before")):
        await answered(numbered, LIST, [{"value": 1, size: 2, place: cursor} for cursor in [*cursors, cursors[0]]])

    assert numbered.tally.interpreted == 0


async def test_lists_by_a_range_are_read_alone(numbered: BothWays, engines: Engines) -> None:
    await ask(numbered.compiling, RANGE, {"value": 1})

    with statements_of(engines) as statements:
        await answered(numbered, RANGE, [{"value": value} for value in (0, 1, 2)])

    assert len([each for each in statements if "string_agg" in each]) == 3
