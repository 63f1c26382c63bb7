"""Statements that run into their time limit: what clients are told, whichever way they have asked."""

from collections.abc import AsyncGenerator

import httpx2
import pytest
from sqlalchemy import text

from datastore_service.application.limits import Limits
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.bootstrap import build_mediator
from datastore_service.config.settings import Settings
from datastore_service.database import open_database
from datastore_service.infrastructure.database.engine.pools import Engines
from tests.apps import shared_app


@pytest.fixture
async def client(engines: Engines, sql_settings: Settings) -> AsyncGenerator[httpx2.AsyncClient]:
    """A service whose statements may take no more than 0.5 seconds, while somebody holds all records."""
    database = sql_settings.database.model_copy(update={"statement_timeout": 0.5})
    settings = sql_settings.model_copy(update={"database": database})
    await build_mediator(engines, Limits()).send(CreateRecord(collection="people", payload={"age": 1}))
    async with open_database(settings) as hurried, engines.write.begin() as blocker:
        app = shared_app(settings, build_mediator(hurried, Limits(large_collection=0)))
        transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:8080") as client:
            await blocker.execute(text("LOCK TABLE records IN ACCESS EXCLUSIVE MODE"))
            yield client


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/records?collection=people", None),
        ("GET", "/records/0190a000-0000-7000-8000-000000000000", None),
        ("POST", "/records/search", {"collection": "people", "filter": {"payload.age": {"gt": 3}}}),
        ("POST", "/records/aggregate", {"collection": "people"}),
        ("POST", "/records", {"collection": "people", "payload": 1}),
        ("PUT", "/records/0190a000-0000-7000-8000-000000000000", {"collection": "people", "payload": 1}),
        ("DELETE", "/records/0190a000-0000-7000-8000-000000000000", None),
        ("POST", "/batch", {"operations": [{"op": "create", "collection": "people", "payload": 1}]}),
    ],
)
async def test_it_is_said_so_and_nobody_is_told_to_try_again(
    client: httpx2.AsyncClient, method: str, path: str, body: object
) -> None:
    answer = await client.request(method, path, json=body)

    assert (answer.status_code, answer.json()["code"]) == (504, "query_timeout"), answer.text
    assert "nothing was changed" in answer.json()["detail"]
    assert "Retry-After" not in answer.headers


async def test_a_query_names_its_limit(client: httpx2.AsyncClient) -> None:
    asked = {"collection": "people", "filter": {"payload.age": {"gt": 3}}}
    where = 'collection: "people", filter: {payload: [{path: "age", number: {gt: 3}}]}'
    query = f"query {{ records({where}) {{ nodes {{ id }} }} }}"

    by_rest = await client.post("/records/search", json=asked)
    by_graphql = await client.post("/graphql", json={"query": query})

    assert by_rest.json()["code"] == "query_timeout", by_rest.text
    assert "time limit of 0.5 seconds" in by_rest.json()["detail"]
    assert by_graphql.json()["errors"][0]["extensions"]["code"] == "query_timeout", by_graphql.text


async def test_a_key_does_not_keep_it(client: httpx2.AsyncClient) -> None:
    answers = [await client.post("/records", json={"payload": 1}, headers={"Idempotency-Key": "k"}) for _ in range(2)]

    assert [answer.json()["code"] for answer in answers] == ["query_timeout"] * 2
    assert all("Idempotency-Replayed" not in answer.headers for answer in answers)


@pytest.fixture
async def lists_only(engines: Engines, sql_settings: Settings) -> AsyncGenerator[httpx2.AsyncClient]:
    """The same, where only what reads tags is held up: the store can tell which indexes there are."""
    database = sql_settings.database.model_copy(update={"statement_timeout": 0.5})
    settings = sql_settings.model_copy(update={"database": database})
    await build_mediator(engines, Limits()).send(CreateRecord(collection="people", payload={"age": 1}))
    async with open_database(settings) as hurried, engines.write.begin() as blocker:
        app = shared_app(settings, build_mediator(hurried, Limits(large_collection=0)))
        transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:8080") as client:
            await blocker.execute(text("LOCK TABLE record_tags IN ACCESS EXCLUSIVE MODE"))
            yield client


SLOW = 'records(collection: "people", filter: {payload: [{path: "age", number: {gt: 3}}]})'
OTHER = 'other: records(collection: "people", orderBy: [{payload: "size"}])'
SERVED = 'served: records(collection: "people")'
BY_ID = 'record(id: "0190a000-0000-7000-8000-000000000000") { id }'


@pytest.mark.parametrize(
    ("fields", "lacking"),
    [
        (f"{SLOW} {{ nodes {{ id }} }}", ["age"]),
        (f"{SLOW} {{ totalCount nodes {{ id tags }} }}", ["age"]),
        (f"{SLOW} {{ nodes {{ id links {{ totalCount }} }} }}", ["age"]),
        (f"{SERVED} {{ nodes {{ id }} }} {SLOW} {{ nodes {{ id }} }}", ["age"]),
        (f"{SLOW} {{ nodes {{ id }} }} {SERVED} {{ nodes {{ id }} }}", ["age"]),
        (f"{BY_ID} {SLOW} {{ nodes {{ id }} }}", ["age"]),
        (f"{OTHER} {{ nodes {{ id }} }} {SLOW} {{ nodes {{ id }} }}", ["size", "age"]),
    ],
)
async def test_graphql_names_the_indexes_that_are_missing(
    lists_only: httpx2.AsyncClient, fields: str, lacking: list[str]
) -> None:
    answer = await lists_only.post("/graphql", json={"query": f"{{ {fields} }}"})

    message = answer.json()["errors"][0]["message"]
    assert "time limit of 0.5 seconds" in message
    named = [f"datastore index create people payload.{name}" for name in lacking]
    assert all(command in message for command in named), message


async def test_rest_names_the_index_that_is_missing(lists_only: httpx2.AsyncClient) -> None:
    asked = {"collection": "people", "filter": {"payload.age": {"gt": 3}}}

    answer = await lists_only.post("/records/search", json=asked)

    assert "datastore index create people payload.age" in answer.json()["detail"], answer.text
