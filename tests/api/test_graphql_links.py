"""A graph of records in GraphQL: links made, walked and taken away."""

import asyncio
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest

from datastore_service.application.mediator import Mediator
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.link_records import LinkRecords
from datastore_service.infrastructure.database.engine.pools import Engines
from tests.statements import statements_of

LINK = """
mutation ($input: LinkInput!) {
  linkRecords(input: $input) {
    link { sourceId relation targetId source { payload } target { payload } }
    created
    userErrors { code path }
  }
}
"""
UNLINK = "mutation ($input: LinkInput!) { unlinkRecords(input: $input) { removed userErrors { code path } } }"
WALK = """
query ($id: UUID!, $relation: String, $first: Int, $after: String, $last: Int) {
  record(id: $id) {
    links(relation: $relation, first: $first, after: $after, last: $last) {
      edges { cursor relation node { payload } }
      pageInfo { hasNextPage hasPreviousPage endCursor }
      totalCount
    }
    backlinks(relation: $relation) { nodes { payload } totalCount }
  }
}
"""


async def ask(client: httpx2.AsyncClient, query: str, **variables: object) -> Any:  # noqa: ANN401 - JSON
    answer = (await client.post("/graphql", json={"query": query, "variables": variables})).json()
    assert "errors" not in answer, answer
    return answer["data"]


async def records(mediator: Mediator, *payloads: str) -> list[str]:
    return [str((await mediator.send(CreateRecord(payload=payload))).id) for payload in payloads]


async def test_links_two_records_once(client: httpx2.AsyncClient, mediator: Mediator) -> None:
    book, author = await records(mediator, "Notes", "Ada")
    link = {"source": book, "relation": "author", "target": author}

    made = (await ask(client, LINK, input=link))["linkRecords"]
    again = (await ask(client, LINK, input=link))["linkRecords"]

    assert made["link"] == {
        "sourceId": book,
        "relation": "author",
        "targetId": author,
        "source": {"payload": "Notes"},
        "target": {"payload": "Ada"},
    }
    assert (made["created"], again["created"]) == (True, False)
    assert made["userErrors"] == []


async def test_takes_a_link_away_once(client: httpx2.AsyncClient, mediator: Mediator) -> None:
    book, author = await records(mediator, "Notes", "Ada")
    link = {"source": book, "relation": "author", "target": author}
    await ask(client, LINK, input=link)

    removed = (await ask(client, UNLINK, input=link))["unlinkRecords"]
    again = (await ask(client, UNLINK, input=link))["unlinkRecords"]

    assert removed == {"removed": True, "userErrors": []}
    assert again == {"removed": False, "userErrors": [{"code": "link_not_found", "path": []}]}


async def test_says_which_member_of_the_input_is_at_fault(client: httpx2.AsyncClient, mediator: Mediator) -> None:
    book, author = await records(mediator, "Notes", "Ada")
    link = {"source": book, "relation": "author", "target": author}

    async def refusal(**changes: str) -> tuple[str, list[str]]:
        ((error,),) = [(await ask(client, LINK, input=link | changes))["linkRecords"]["userErrors"]]
        return error["code"], error["path"]

    assert await refusal(source=str(uuid4())) == ("record_not_found", ["source"])
    assert await refusal(target=str(uuid4())) == ("record_not_found", ["target"])
    assert await refusal(relation="no name") == ("validation_failed", ["relation"])


async def test_keeps_a_record_that_others_link_to(client: httpx2.AsyncClient, mediator: Mediator) -> None:
    book, author = await records(mediator, "Notes", "Ada")
    await ask(client, LINK, input={"source": book, "relation": "author", "target": author})
    delete = "mutation ($id: UUID!) { deleteRecord(input: {id: $id}) { userErrors { code path } } }"

    refused = (await ask(client, delete, id=author))["deleteRecord"]

    assert refused == {"userErrors": [{"code": "record_linked", "path": ["id"]}]}


async def test_walks_the_links_page_by_page_in_both_directions(client: httpx2.AsyncClient, mediator: Mediator) -> None:
    hub, *spokes = await records(mediator, "hub", "a", "b", "c")
    for spoke in spokes:
        await ask(client, LINK, input={"source": hub, "relation": "spoke", "target": spoke})
        await ask(client, LINK, input={"source": spoke, "relation": "centre", "target": hub})

    first = (await ask(client, WALK, id=hub, first=2))["record"]
    rest = (await ask(client, WALK, id=hub, first=2, after=first["links"]["pageInfo"]["endCursor"]))["record"]
    last = (await ask(client, WALK, id=hub, last=1))["record"]

    assert [edge["node"]["payload"] for edge in first["links"]["edges"]] == ["a", "b"]
    assert [edge["node"]["payload"] for edge in rest["links"]["edges"]] == ["c"]
    assert [edge["node"]["payload"] for edge in last["links"]["edges"]] == ["c"]
    assert (first["links"]["pageInfo"]["hasNextPage"], rest["links"]["pageInfo"]["hasNextPage"]) == (True, False)
    assert rest["links"]["pageInfo"]["hasPreviousPage"]
    assert first["links"]["totalCount"] == 3
    assert first["backlinks"] == {"nodes": [{"payload": "a"}, {"payload": "b"}, {"payload": "c"}], "totalCount": 3}
    assert (await ask(client, WALK, id=hub, relation="centre"))["record"]["links"]["edges"] == []


async def test_a_mutation_sees_what_the_one_before_it_has_done(client: httpx2.AsyncClient, mediator: Mediator) -> None:
    a, b, c = await records(mediator, "a", "b", "c")
    made = "{ link { source { links { totalCount } } } }"
    one = 'linkRecords(input: {source: "%s", relation: "to", target: "%s"}) ' + made

    done = await ask(client, f"mutation {{ x: {one % (a, b)} y: {one % (a, c)} }}")

    assert [done[name]["link"]["source"]["links"]["totalCount"] for name in "xy"] == [1, 2]


async def test_refuses_a_page_that_is_too_large(client: httpx2.AsyncClient, mediator: Mediator) -> None:
    (record,) = await records(mediator, "a")

    answer = await client.post("/graphql", json={"query": WALK, "variables": {"id": record, "first": 100_000}})

    assert answer.json()["errors"][0]["extensions"]["code"] in {"validation_failed", "document_too_costly"}


TWO_DEEP = """{ records(collection: "level0") { nodes {
  payload
  links(relation: "to", first: 20) { totalCount nodes { payload backlinks(first: 20) { nodes { payload } } } }
} } }"""
THREE_DEEP = """{ records(collection: "level0", first: 9) { nodes {
  links(first: 9) { edges { node { links(first: 9) { nodes { payload links(first: 9) { nodes { payload } } } } } } }
} } }"""


async def a_graph(mediator: Mediator, width: int) -> None:
    """Makes four levels of records, each linked to all of the next level."""
    levels: list[list[UUID]] = []
    for level in range(4):
        commands = [CreateRecord(collection=f"level{level}", payload=number) for number in range(width)]
        levels.append([record.id for record in [await mediator.send(command) for command in commands]])
    for sources, targets in pairwise(levels):
        links = [LinkRecords(source=source, relation="to", target=target) for source in sources for target in targets]
        await asyncio.gather(*(mediator.send(link) for link in links))


def leaves(data: object) -> int:
    if isinstance(data, dict):
        return sum(leaves(member) for member in data.values())  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - JSON
    if isinstance(data, list):
        return sum(leaves(item) for item in data)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - JSON
    return 1


@pytest.mark.parametrize("compiled", [True, False], ids=["compiled", "resolved"])
@pytest.mark.parametrize(("query", "resolved"), [(TWO_DEEP, 4), (THREE_DEEP, 4)], ids=["two deep", "three deep"])
async def test_the_number_of_statements_does_not_depend_on_the_number_of_rows(
    sql_client: httpx2.AsyncClient, sql_mediator: Mediator, engines: Engines, query: str, resolved: int, compiled: bool
) -> None:
    # Introspection is never compiled, and neither is what is asked with it.
    document = query if compiled else query.replace("{", "{ __schema { queryType { name } }", 1)
    most = 1 if compiled else resolved
    asked: list[int] = []
    answered: list[int] = []
    for width in (1, 2, 4):
        await a_graph(sql_mediator, width)
        with statements_of(engines) as statements:
            data = await ask(sql_client, document)
        asked.append(len(statements))
        answered.append(leaves(data))

    assert asked == [most, most, most]
    assert answered == sorted(set(answered))
