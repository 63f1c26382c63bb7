"""Indexes on payloads, in a PostgreSQL: they serve questions, and no payload is refused or lost because of them."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import suppress

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from datastore_service.application.fields import PayloadPath
from datastore_service.application.json_codec import decode
from datastore_service.application.mediator import Mediator
from datastore_service.application.read.criteria.conditions import Comparison, Operator
from datastore_service.application.read.criteria.record_criteria import RecordCriteria
from datastore_service.application.read.pagination import PageRequest
from datastore_service.application.read.queries.get_record import GetRecord
from datastore_service.application.read.queries.list_indexes import ListIndexes
from datastore_service.application.read.queries.list_records import ListRecords
from datastore_service.application.views import IndexView
from datastore_service.application.write.commands.create_index import CreateIndex
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.drop_index import DropIndex
from datastore_service.domain.json_value import Json, same_json
from datastore_service.infrastructure.database.engine.pools import Engines
from datastore_service.infrastructure.database.schema.indexes.building import index_name
from datastore_service.infrastructure.database.schema.indexes.catalogue import SqlPayloadIndexes

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
        criteria = RecordCriteria(collection="people", where=Comparison(AGE, Operator.EQ, value))
        page = await sql_mediator.send(ListRecords(criteria=criteria, page=PageRequest(limit=10)))
        assert {record.id for record in page.items} == {old.id, new.id}


async def test_what_a_failed_attempt_has_left_is_cleared_away(sql_mediator: Mediator, engines: Engines) -> None:
    await sql_mediator.send(CreateRecord(collection="people", payload={"age": 36}))
    await create(sql_mediator)
    async with engines.write.begin() as connection:
        invalid = text("UPDATE pg_index SET indisvalid = false WHERE indexrelid = to_regclass(:name)")
        await connection.execute(invalid, {"name": index_name(AGE)})
        await connection.execute(text("UPDATE payload_indexes SET created_at = created_at - interval '1 minute'"))
    interrupted = await settled(sql_mediator)
    assert (interrupted.state, interrupted.failure) == (
        "failed",
        "Its building was interrupted; create the index again.",
    )

    assert (await create(sql_mediator)).state == "ready"

    assert await is_valid(engines)


async def test_an_attempt_that_fails_leaves_nothing_and_is_told(
    sql_mediator: Mediator, engines: Engines, caplog: pytest.LogCaptureFixture
) -> None:
    await sql_mediator.send(CreateRecord(collection="people", payload={"age": 36}))
    async with engines.write.begin() as connection:
        # A function that fails on a value stands for whatever may go wrong while an index is built.
        await connection.execute(text("ALTER FUNCTION datastore_order(jsonb) RENAME TO datastore_order_away"))
    try:
        with caplog.at_level(logging.ERROR):
            failed = await create(sql_mediator)
    finally:
        async with engines.write.begin() as connection:
            await connection.execute(text("ALTER FUNCTION datastore_order_away(jsonb) RENAME TO datastore_order"))

    assert (failed.state, failed.failure) == ("failed", "function datastore_order(jsonb) does not exist")
    assert await is_valid(engines) is None
    assert any("could not be built" in record.getMessage() for record in caplog.records)
    assert (await create(sql_mediator)).state == "ready"


def services(engines: Engines) -> list[SqlPayloadIndexes]:
    """What builds indexes in each of two services on one database."""
    return [SqlPayloadIndexes(engines.write), SqlPayloadIndexes(engines.write)]


async def all_settled(mediator: Mediator) -> dict[str, str]:
    """Waits until no index is being built any more, and returns what came of each."""
    for _ in range(1000):
        found = {one.path: one.state for one in (await mediator.send(ListIndexes(collections=["people"])))["people"]}
        if "building" not in found.values():
            return found
        await asyncio.sleep(0.05)
    pytest.fail("Some are still being built.")


async def test_ten_that_are_asked_for_at_once_of_two_services_are_built(
    sql_mediator: Mediator, engines: Engines
) -> None:
    await sql_mediator.send(CreateRecord(collection="people", payload={"age": 36}))
    paths = [PayloadPath((f"a{number}",)) for number in range(10)]
    one, other = services(engines)
    for path in paths:
        await sql_mediator.send(CreateRecord(collection="people", payload={path.steps[0]: 1}))

    begun = await asyncio.gather(
        *((one if number % 2 else other).create("people", path) for number, path in enumerate(paths))
    )

    assert {index.state for index in begun} <= {"building", "ready"}
    assert await all_settled(sql_mediator) == {str(path): "ready" for path in paths}
    await asyncio.gather(
        *((other if number % 2 else one).drop("people", path) for number, path in enumerate(paths[:-1])),
        one.create("people", AGE),
        other.create("people", PayloadPath(("b",))),
    )
    assert await all_settled(sql_mediator) == {str(paths[-1]): "ready", str(AGE): "ready", "payload.b": "ready"}
    for path in (paths[-1], PayloadPath(("b",))):
        await one.drop("people", path)
    async with engines.write.connect() as connection:
        left = await connection.scalars(text("SELECT relname FROM pg_class WHERE relname LIKE 'records\\_order\\_%'"))
        assert list(left) == [index_name(AGE)]


async def test_a_deadlock_with_another_session_is_survived(sql_mediator: Mediator, engines: Engines) -> None:
    await sql_mediator.send(CreateRecord(collection="people", payload={"age": 36}))
    admin = create_async_engine(engines.write.url, isolation_level="AUTOCOMMIT")

    async def of_an_administrator() -> None:
        async with admin.connect() as connection:
            for _ in range(5):
                with suppress(DBAPIError):
                    await connection.execute(
                        text("CREATE INDEX CONCURRENTLY IF NOT EXISTS others ON records (version)")
                    )
                await connection.execute(text("DROP INDEX IF EXISTS others"))

    other = asyncio.create_task(of_an_administrator())
    built = [await create(sql_mediator)]
    for _ in range(3):
        await sql_mediator.send(DropIndex(collection="people", path=str(AGE)))
        built.append(await create(sql_mediator))
    await other
    await admin.dispose()

    assert [(index.state, index.failure) for index in built] == [("ready", None)] * 4


async def test_what_was_interrupted_is_taken_up_by_the_next_service(sql_mediator: Mediator, engines: Engines) -> None:
    await sql_mediator.send(CreateRecord(collection="people", payload={"age": 36}))
    killed, next_one = services(engines)
    async with engines.write.begin() as holder:
        # The building waits for this transaction, and is interrupted meanwhile.
        await holder.execute(text("UPDATE records SET version = version"))
        await killed.create("people", AGE)
        while await is_valid(engines) is None:  # noqa: ASYNC110 - PostgreSQL tells nobody
            await asyncio.sleep(0.02)
        await killed.close()
    assert not await is_valid(engines)

    await next_one.resume()

    assert (await settled(sql_mediator)).state == "ready"
    assert await is_valid(engines)


async def test_building_goes_on_when_its_connection_dies(sql_mediator: Mediator, engines: Engines) -> None:
    await sql_mediator.send(CreateRecord(collection="people", payload={"age": 36}))
    async with engines.write.begin() as holder:
        await holder.execute(text("UPDATE records SET version = version"))
        await sql_mediator.send(CreateIndex(collection="people", path=str(AGE)))
        while await is_valid(engines) is None:  # noqa: ASYNC110 - PostgreSQL tells nobody
            await asyncio.sleep(0.02)
        await holder.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'datastore index'")
        )

    assert (await settled(sql_mediator)).state == "ready"


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
