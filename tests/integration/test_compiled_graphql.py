"""A query that is compiled is answered as the resolvers answer it, and is known to have been compiled."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import text

from datastore_service.api.graphql.compiler.answers import Tally
from datastore_service.application.errors import Forbidden
from datastore_service.application.limits import Limits
from datastore_service.application.mediator import Mediator
from datastore_service.application.messages import Message
from datastore_service.application.ports.authorization import Authorization
from datastore_service.application.read.queries.follow_links import FollowLinks
from datastore_service.application.read.queries.get_record import GetRecord
from datastore_service.application.request_context import Actor
from datastore_service.bootstrap import build_mediator
from datastore_service.config.settings import Settings
from datastore_service.infrastructure.database.engine.pools import Engines
from datastore_service.infrastructure.database.read.selections.statements import Shape, Statement
from tests.both_ways import BothWays, both_ways
from tests.integration.test_compiled_reads import GRAPH, ID, OTHER, PAST, fill
from tests.statements import statements_of


@pytest.fixture
async def service(sql_settings: Settings, sql_mediator: Mediator) -> AsyncGenerator[BothWays]:
    async with both_ways(sql_settings, sql_mediator) as service:
        await fill(service.compiling)
        yield service


async def test_reads_the_operation_that_is_named(service: BothWays) -> None:
    query = "query One { __typename } query Two { two: __typename }"

    two = await service.answer(query, operationName="Two")
    one = await service.answer(query, operationName="One")
    refused = await service.answer(query, operationName="Three")

    assert (one.json()["data"], two.json()["data"]) == ({"__typename": "Query"}, {"two": "Query"})
    assert refused.status_code == 400


async def test_reads_the_past(service: BothWays) -> None:
    query = """
    query ($at: DateTime!) {
      records(asOf: $at, orderBy: [{payload: ""}]) { totalCount edges { cursor node { version payload updatedAt } } }
    }
    """
    then = datetime.now(UTC).isoformat()
    await service.compiling.put(f"/records/{OTHER}", json={"payload": "now"})

    answer = await service.answer(query, {"at": then})
    refused = await service.compiling.post(
        "/graphql", json={"query": query, "variables": {"at": "2999-01-01T00:00:00Z"}}
    )

    assert answer.json()["data"]["records"]["edges"][0]["node"]["payload"] == 2
    assert refused.json()["errors"][0]["extensions"]["code"] == "as_of_in_future"
    assert service.tally == Tally(compiled=1, interpreted=1)


async def test_reads_one_record_of_the_past(service: BothWays, engines: Engines) -> None:
    then = datetime.now(UTC).isoformat()
    await service.compiling.delete(f"/records/{OTHER}")
    await service.compiling.delete(f"/records/{ID}")
    now = datetime.now(UTC).isoformat()

    before = await service.answer(PAST, {"id": ID, "at": then})
    after = await service.answer(PAST, {"id": ID, "at": now})
    async with engines.write.begin() as connection:
        await connection.execute(text("DELETE FROM revisions WHERE version < 2"))
    gone = [await service.answer(PAST, {"id": ID, **when}) for when in ({"at": then}, {"version": 1})]

    assert before.json()["data"]["record"]["version"] == 1
    assert after.json()["data"]["record"] is None
    assert {answer.json()["errors"][0]["extensions"]["code"] for answer in gone} == {"history_expired"}
    assert service.tally == Tally(compiled=2, interpreted=2)


@pytest.mark.parametrize(
    ("selected", "payload", "tags"),
    [
        ("nodes { id }", False, False),
        ("edges { node { ...P } } totalCount", True, False),
        ("nodes { ... on Node { id } ... { tags } links { nodes { payload } } }", False, True),
        ('a: nodes { payload(path: "a") } b: edges { cursor node { tags } }', True, True),
    ],
)
async def test_reads_no_more_than_is_selected_without_compiling(
    service: BothWays, engines: Engines, *, selected: str, payload: bool, tags: bool
) -> None:
    fragment = "fragment P on Record { payload }" if "...P" in selected else ""
    query = f"{{ records(first: 3, last: 2) {{ {selected} }} }} {fragment}"

    with statements_of(engines) as statements:
        answer = await service.interpreting.post("/graphql", json={"query": query})

    (listed,) = [each for each in statements if "LIMIT" in each and "link_view" not in each]
    assert "errors" not in answer.json()
    assert ("record_view.payload" in listed, "record_view.tags" in listed) == (payload, tags)


async def test_keeps_one_statement_for_questions_that_differ_in_values(
    service: BothWays, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[Shape] = []
    alone = Statement.alone

    def counted(shape: Shape, most: int) -> Statement:
        made.append(shape)
        return alone(shape, most)

    monkeypatch.setattr(Statement, "alone", counted)
    query = "query ($filter: RecordFilter!) { records(filter: $filter) { nodes { id } } }"

    for value in (1, 2, 3.5):
        answer = await service.answer(query, {"filter": {"payload": [{"path": "", "eq": value}]}})
        assert [node["id"] for node in answer.json()["data"]["records"]["nodes"]] == [OTHER] * (value == 2)

    assert service.tally == Tally(compiled=3, interpreted=0)
    assert len(made) == 1


async def test_reads_a_graph(service: BothWays) -> None:
    answer = await service.answer(GRAPH, {"relation": "knows", "first": 1})

    links = answer.json()["data"]["records"]["nodes"][0]["links"]
    assert (links["totalCount"], links["pageInfo"]["hasNextPage"]) == (2, True)
    assert links["edges"][0]["node"]["backlinks"]["totalCount"] == 2


async def test_asks_again_where_the_authorization_has_to_know_the_ids(sql_settings: Settings, engines: Engines) -> None:
    class NobodyFollowsMany:
        async def authorize(self, message: Message[Any], actor: Actor, /) -> Message[Any]:
            if isinstance(message, FollowLinks) and len(message.ids) > 1:
                raise Forbidden(f"{actor.id} may not follow the links of {len(message.ids)} records.")
            return message

    mediator = build_mediator(engines, Limits(), {Authorization: NobodyFollowsMany})
    async with both_ways(sql_settings, mediator) as service:
        for _ in range(2):
            await service.compiling.post("/records", json={"payload": 1})
        one = await service.answer("{ records(first: 1) { nodes { links { totalCount nodes { id } } } } }")
        two = await service.answer("{ records(first: 2) { nodes { links { totalCount nodes { id } } } } }")

    assert "errors" not in one.json()
    assert two.json()["errors"][0]["extensions"]["code"] == "forbidden"
    assert service.tally == Tally(compiled=0, interpreted=2)


async def test_tells_an_integer_that_is_none_of_graphql(service: BothWays, engines: Engines) -> None:
    async with engines.write.begin() as connection:
        await connection.execute(text("UPDATE records SET version = 2147483648"))

    answer = await service.answer("query ($id: UUID!) { record(id: $id) { id version } }", {"id": ID})

    assert answer.json()["errors"][0]["path"] == ["record", "version"]


async def test_asks_the_authorization_for_each_field(sql_settings: Settings, engines: Engines) -> None:
    class NobodyGets:
        async def authorize(self, message: Message[Any], actor: Actor, /) -> Message[Any]:
            if isinstance(message, GetRecord):
                raise Forbidden(f"{actor.id} may not.")
            return message

    mediator = build_mediator(engines, Limits(), {Authorization: NobodyGets})
    async with both_ways(sql_settings, mediator) as service:
        answer = await service.answer(f'{{ collection(name: "a") {{ id }} mine: record(id: "{ID}") {{ id }} }}')

    assert answer.json()["data"] == {"collection": None, "mine": None}
    assert [(error["path"], error["extensions"]["code"]) for error in answer.json()["errors"]] == [
        (["mine"], "forbidden")
    ]
