"""Indexes on payloads, in a PostgreSQL: they serve questions, and no payload is refused or lost because of them."""

import asyncio
import logging
from collections.abc import AsyncGenerator

import pytest
from sqlalchemy import text

from datastore_service.application.commands.create_index import CreateIndex
from datastore_service.application.commands.create_record import CreateRecord
from datastore_service.application.commands.drop_index import DropIndex
from datastore_service.application.json_codec import decode
from datastore_service.application.mediator import Mediator
from datastore_service.application.pagination import PageRequest
from datastore_service.application.queries.get_record import GetRecord
from datastore_service.application.queries.list_indexes import ListIndexes
from datastore_service.application.queries.list_records import ListRecords
from datastore_service.application.questions.conditions import Comparison, Operator
from datastore_service.application.questions.fields import PayloadPath
from datastore_service.application.questions.question import RecordQuestion
from datastore_service.application.views import IndexView
from datastore_service.domain.json_value import Json, same_json
from datastore_service.infrastructure.database.engine import Engines
from datastore_service.infrastructure.database.indexes.building import index_name

AGE = PayloadPath(("age",))
HUGE: list[Json] = [
    "x" * 1_000_000,
    "𝄞" * 100_000,
    "".join(chr(32 + number * 7919 % 50_000) for number in range(50_000)),
    10**5_000 - 1,
    10**20_000,
    ["x" * 1_000_000],
    {"x": "y" * 1_000_000},
    None,
]


@pytest.fixture(autouse=True)
async def no_index_is_left(engines: Engines) -> AsyncGenerator[None]:
    yield
    async with engines.write.begin() as connection:
        await connection.execute(text(f"DROP INDEX IF EXISTS {index_name(AGE)}"))


async def settled(mediator: Mediator) -> IndexView:
    """Waits until the index is not being built any more."""
    for _ in range(500):
        (index,) = (await mediator.send(ListIndexes(collections=["people"])))["people"]
        if index.state != "building":
            return index
        await asyncio.sleep(0.05)
    pytest.fail("It is still being built.")


async def create(mediator: Mediator) -> IndexView:
    await mediator.send(CreateIndex(collection="people", path=str(AGE)))
    return await settled(mediator)


async def is_valid(engines: Engines) -> bool | None:
    async with engines.write.connect() as connection:
        query = text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)")
        return await connection.scalar(query, {"name": index_name(AGE)})


async def test_values_of_any_size_are_indexed_stored_and_found(sql_mediator: Mediator) -> None:
    before = [await sql_mediator.send(CreateRecord(collection="people", payload={"age": value})) for value in HUGE]

    assert (await create(sql_mediator)).state == "ready"

    after = [await sql_mediator.send(CreateRecord(collection="people", payload={"age": value})) for value in HUGE]
    for old, new, value in zip(before, after, HUGE, strict=True):
        stored = decode((await sql_mediator.send(GetRecord(id=new.id))).payload.encode())
        assert same_json(stored, {"age": value})
        question = RecordQuestion(collection="people", where=Comparison(AGE, Operator.EQ, value))
        page = await sql_mediator.send(ListRecords(question=question, page=PageRequest(limit=10)))
        assert {record.id for record in page.items} == {old.id, new.id}


async def test_what_a_failed_attempt_has_left_is_cleared_away(sql_mediator: Mediator, engines: Engines) -> None:
    await sql_mediator.send(CreateRecord(collection="people", payload={"age": 36}))
    await create(sql_mediator)
    async with engines.write.begin() as connection:
        invalid = text("UPDATE pg_index SET indisvalid = false WHERE indexrelid = to_regclass(:name)")
        await connection.execute(invalid, {"name": index_name(AGE)})
    assert (await settled(sql_mediator)).state == "failed"

    assert (await create(sql_mediator)).state == "ready"

    assert await is_valid(engines)


async def test_an_attempt_that_fails_leaves_nothing_and_is_told(
    sql_mediator: Mediator, engines: Engines, caplog: pytest.LogCaptureFixture
) -> None:
    await sql_mediator.send(CreateRecord(collection="people", payload={"age": 36}))
    async with engines.write.begin() as connection:
        # A function that fails on a value stands for whatever may go wrong while an index is built.
        await connection.execute(text("ALTER FUNCTION datastore_key(jsonb) RENAME TO datastore_key_away"))
    try:
        with caplog.at_level(logging.ERROR):
            failed = await create(sql_mediator)
    finally:
        async with engines.write.begin() as connection:
            await connection.execute(text("ALTER FUNCTION datastore_key_away(jsonb) RENAME TO datastore_key"))

    assert failed.state == "failed"
    assert await is_valid(engines) is None
    assert any("could not be built" in record.getMessage() for record in caplog.records)
    assert (await create(sql_mediator)).state == "ready"


async def test_it_is_dropped_with_the_last_collection_that_wants_it(sql_mediator: Mediator, engines: Engines) -> None:
    for collection in ("people", "cats"):
        await sql_mediator.send(CreateRecord(collection=collection, payload={"age": 36}))
    await create(sql_mediator)
    await sql_mediator.send(CreateIndex(collection="cats", path=str(AGE)))

    await sql_mediator.send(DropIndex(collection="people", path=str(AGE)))
    assert await is_valid(engines)
    await sql_mediator.send(DropIndex(collection="cats", path=str(AGE)))

    assert await is_valid(engines) is None


async def test_ten_who_create_the_same_index_build_it_once(sql_mediator: Mediator, engines: Engines) -> None:
    await sql_mediator.send(CreateRecord(collection="people", payload={"age": 36}))

    await asyncio.gather(*(sql_mediator.send(CreateIndex(collection="people", path=str(AGE))) for _ in range(10)))

    assert (await settled(sql_mediator)).state == "ready"
    assert await is_valid(engines)
