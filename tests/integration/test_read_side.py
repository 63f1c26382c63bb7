"""The read side cannot write, whatever it is told."""

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from datastore_service.application.fields import Attribute
from datastore_service.application.limits import Limits
from datastore_service.application.mediator import Mediator
from datastore_service.application.read.criteria.conditions import Comparison, Operator
from datastore_service.application.read.criteria.record_criteria import RecordCriteria
from datastore_service.application.read.pagination import PageRequest
from datastore_service.application.read.queries.check_readiness import CheckReadiness
from datastore_service.application.read.queries.get_record import GetRecord
from datastore_service.application.read.queries.list_records import ListRecords
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.bootstrap import build_mediator
from datastore_service.config.loader import load_settings
from datastore_service.database import open_database
from datastore_service.infrastructure.database.engine.pools import Engines
from datastore_service.infrastructure.database.schema.reader_role import reader_role_sql
from datastore_service.infrastructure.database.schema.views import VIEWS
from datastore_service.infrastructure.doctor import examine

PERMISSION_DENIED = "42501"
READ_ONLY = "25006"


async def refusal_of(engines: Engines, *statements: str) -> str:
    try:
        async with engines.read.connection() as connection, connection.transaction():
            for statement in statements:
                await connection.execute(statement)
    except asyncpg.PostgresError as refusal:
        return refusal.sqlstate or ""
    pytest.fail(f"The read side could do this: {statements}")


@pytest.mark.parametrize("table", ["records", "collections", "tags", "record_tags", "links", "payload_indexes"])
async def test_may_not_even_read_the_tables(engines: Engines, table: str) -> None:
    assert await refusal_of(engines, f"TABLE {table}") == PERMISSION_DENIED


@pytest.mark.parametrize("statement", ["DELETE FROM records", "CREATE TABLE mine ()", "DELETE FROM collection_view"])
async def test_may_not_write(engines: Engines, statement: str) -> None:
    assert await refusal_of(engines, statement) in {READ_ONLY, PERMISSION_DENIED}


async def test_may_not_write_even_in_a_transaction_that_allows_writing(engines: Engines) -> None:
    refused = await refusal_of(engines, "SET TRANSACTION READ WRITE", "DELETE FROM collection_view")

    assert refused == PERMISSION_DENIED


async def test_the_views_have_the_columns_that_readers_name(engines: Engines) -> None:
    async with engines.read.connection() as connection, connection.transaction():
        for view in VIEWS:
            found = await connection.prepare(f"TABLE {view.name}")
            # In any order: readers name each column, and a view gains new ones at its end.
            assert sorted(column.name for column in found.get_attributes()) == sorted(view.columns.keys())


@pytest.fixture
async def url_of_a_plain_user(engines: Engines) -> AsyncGenerator[str]:
    """A database whose owner may not create roles, on a server where nobody has made the reader's role his."""
    admin = create_async_engine(engines.write.url, isolation_level="AUTOCOMMIT")
    async with admin.connect() as connection:
        await connection.execute(text("CREATE ROLE plain LOGIN"))
        await connection.execute(text("CREATE DATABASE plain OWNER plain"))
    yield engines.write.url.set(username="plain", database="plain").render_as_string()
    async with admin.connect() as connection:
        await connection.execute(text("DROP DATABASE plain"))
        await connection.execute(text("DROP ROLE plain"))
    await admin.dispose()


async def test_reads_without_a_role_where_none_may_be_had_and_says_so(
    url_of_a_plain_user: str, caplog: pytest.LogCaptureFixture
) -> None:
    settings = load_settings([], {"DATASTORE_ENV": "test", "DATABASE_URL": url_of_a_plain_user})

    async with open_database(settings) as engines:
        await build_mediator(engines, Limits()).send(CheckReadiness())
        refused = await refusal_of(engines, "DELETE FROM records")

    assert refused == READ_ONLY
    assert any("datastore_reader" in record.getMessage() for record in caplog.records)


async def test_the_sql_that_an_administrator_is_told_is_all_that_the_read_side_needs(
    url_of_a_plain_user: str, engines: Engines, caplog: pytest.LogCaptureFixture
) -> None:
    settings = load_settings([], {"DATASTORE_ENV": "test", "DATABASE_URL": url_of_a_plain_user})
    async with open_database(settings) as plain:
        doctor = {finding.name: finding async for finding in examine(settings)}["read role"]
        await build_mediator(plain, Limits()).send(CreateRecord(payload=1, tags=["vip"]))
    (told,) = {record.getMessage().partition("run in this database: ")[2] for record in caplog.records} - {""}
    assert told in (doctor.advice or "")
    caplog.clear()

    await run_as_administrator(engines, told)

    async with open_database(settings) as plain:
        tagged = RecordCriteria(where=Comparison(Attribute.TAGS, Operator.CONTAINS, ["vip"]))
        page = await build_mediator(plain, Limits()).send(ListRecords(criteria=tagged, page=PageRequest(limit=10)))
        assert [record.tags for record in page.items] == [("vip",)]
        assert await refusal_of(plain, "TABLE records") == PERMISSION_DENIED
    assert not any("datastore_reader" in record.getMessage() for record in caplog.records)


async def run_as_administrator(engines: Engines, statements: str) -> None:
    admin = create_async_engine(engines.write.url.set(database="plain"), isolation_level="AUTOCOMMIT")
    async with admin.connect() as connection:
        for statement in filter(None, map(str.strip, statements.split(";"))):
            await connection.exec_driver_sql(statement)
    await admin.dispose()


async def test_the_list_of_views_is_all_of_those_of_the_database(engines: Engines) -> None:
    async with engines.write.connect() as connection:
        found = await connection.scalars(
            text("SELECT viewname FROM pg_views WHERE schemaname = 'public' ORDER BY viewname")
        )

    assert list(found) == sorted(view.name for view in VIEWS)


def test_the_guide_to_an_own_postgresql_says_the_same_sql() -> None:
    guide = Path("docs/how-to/own-postgresql.md").read_text(encoding="utf-8")

    assert reader_role_sql("datastore").replace("; ", ";\n") in guide


async def terminate(engines: Engines, condition: str) -> int:
    """Ends the service's other connections of which this is true, and tells how many there were."""
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'datastore'"
    async with engines.write.connect() as connection:
        found = await connection.execute(text(f"{others} AND pid <> pg_backend_pid() AND {condition}"))
        return len(found.all())


async def test_connections_that_died_cost_no_query(engines: Engines, sql_mediator: Mediator) -> None:
    record = await sql_mediator.send(CreateRecord(payload=1))
    await asyncio.gather(*(sql_mediator.send(GetRecord(id=record.id)) for _ in range(5)))

    assert await terminate(engines, "query LIKE '%record_view%'")
    found = await asyncio.gather(*(sql_mediator.send(GetRecord(id=record.id)) for _ in range(5)))

    assert [read.id for read in found] == [record.id] * 5


async def test_a_query_is_sent_again_when_its_connection_dies_under_it(engines: Engines) -> None:
    sleeping = asyncio.ensure_future(engines.read.fetch("SELECT pg_sleep(0.5)", []))

    its = "query = 'SELECT pg_sleep(0.5)' AND state = 'active'"
    while not await terminate(engines, its):  # noqa: ASYNC110 - PostgreSQL tells nobody
        await asyncio.sleep(0.01)

    assert len(await sleeping) == 1


async def test_a_query_that_is_given_up_before_it_runs_holds_no_lock(engines: Engines) -> None:
    with pytest.raises(asyncpg.DataError, match="invalid input"):
        await engines.read.fetch("SELECT id FROM record_view WHERE version = $1", ["three"])

    async with engines.write.begin() as connection:
        await connection.execute(text("SET LOCAL lock_timeout = '5s'"))
        await connection.execute(text("LOCK TABLE records IN ACCESS EXCLUSIVE MODE"))
