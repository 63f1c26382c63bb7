"""Tables that another session has locked, as by a statement of an administrator: what clients are told, and when."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import httpx2
import pytest
from sqlalchemy import text

from datastore_service.application.limits import Limits
from datastore_service.bootstrap import build_mediator
from datastore_service.config.settings import Settings
from datastore_service.database import open_database
from datastore_service.infrastructure.database.engine.pools import Engines
from tests.apps import shared_app

RECORD = "/records/0190a000-0000-7000-8000-000000000000"


@asynccontextmanager
async def service(sql_settings: Settings, **changes: object) -> AsyncGenerator[httpx2.AsyncClient]:
    """A service with other settings of the database."""
    settings = sql_settings.model_copy(update={"database": sql_settings.database.model_copy(update=changes)})
    async with open_database(settings) as engines:
        app = shared_app(settings, build_mediator(engines, Limits()))
        transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
        async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:8080") as client:
            await created(client)
            yield client


async def created(client: httpx2.AsyncClient) -> None:
    (await client.post("/records", json={"collection": "people", "payload": {"age": 1}})).raise_for_status()


@asynccontextmanager
async def locked(engines: Engines) -> AsyncGenerator[None]:
    async with engines.write.begin() as connection:
        await connection.execute(text("LOCK TABLE records, revisions, collections IN ACCESS EXCLUSIVE MODE"))
        yield


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/records?collection=people", None),
        ("GET", RECORD, None),
        ("GET", "/export", None),
        ("GET", "/export?collection=people", None),
        ("GET", "/changes", None),
        ("GET", "/collections/people", None),
        ("POST", "/records/search", {"collection": "people", "filter": {"payload.age": {"gt": 3}}}),
        ("POST", "/records/aggregate", {"collection": "people"}),
        ("POST", "/records", {"collection": "people", "payload": 1}),
        ("PUT", RECORD, {"collection": "people", "payload": 1}),
        ("DELETE", RECORD, None),
        ("POST", "/batch", {"operations": [{"op": "create", "collection": "people", "payload": 1}]}),
    ],
)
async def test_clients_are_told_to_try_again_and_operators_which_setting_it_is(
    sql_settings: Settings, engines: Engines, method: str, path: str, body: object
) -> None:
    async with service(sql_settings, lock_timeout=0.3) as client, locked(engines), asyncio.timeout(20):
        answer = await client.request(method, path, json=body)

    assert (answer.status_code, answer.json()["code"]) == (503, "store_unavailable"), answer.text
    assert "database.lock_timeout" in answer.json()["detail"]
    assert answer.headers["Retry-After"] == "1"


@pytest.mark.parametrize("query", ['{ records(collection: "people") { nodes { id } } }', '{ node(id: "x") { id } }'])
async def test_graphql_says_the_same(sql_settings: Settings, engines: Engines, query: str) -> None:
    query = query.replace("x", RECORD.rpartition("/")[2])
    async with service(sql_settings, lock_timeout=0.3) as client, locked(engines), asyncio.timeout(20):
        answer = await client.post("/graphql", json={"query": query})

    (error,) = answer.json()["errors"]
    assert error["extensions"]["code"] == "store_unavailable", error
    assert "database.lock_timeout" in error["message"]


@pytest.mark.parametrize("table", ["records", "revisions", "collections", "tags"])
async def test_a_write_waits_for_the_lock_as_long_as_the_setting_allows(
    sql_settings: Settings, engines: Engines, table: str
) -> None:
    """Units of work without locks have two seconds less than `silence_timeout` for a statement, and one is short."""

    async def write(client: httpx2.AsyncClient, method: str, path: str) -> httpx2.Response:
        body: dict[str, Any] = {"collection": "people", "payload": 1, "tags": ["new"]}
        return await client.request(method, path, json=body)

    async with service(sql_settings, silence_timeout=3.5) as client:
        lock: AbstractAsyncContextManager[Any] = engines.write.begin()
        async with lock as connection:
            await connection.execute(text(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE"))
            writes = [
                asyncio.create_task(write(client, method, path))
                for method, path in (("POST", "/records"), ("PUT", RECORD))
            ]
            await asyncio.sleep(3)

        answers = await asyncio.gather(*writes)

    assert [answer.status_code for answer in answers] == [201, 201], [answer.text for answer in answers]
