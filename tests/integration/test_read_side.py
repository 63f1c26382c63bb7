"""The read side cannot write, whatever it is told."""

from collections.abc import AsyncGenerator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from datastore_service.application.limits import Limits
from datastore_service.application.queries.check_readiness import CheckReadiness
from datastore_service.bootstrap import build_mediator
from datastore_service.config.loader import load_settings
from datastore_service.infrastructure.database.engine import Engines
from datastore_service.infrastructure.database.views import collection_view, record_view
from datastore_service.main import open_database

PERMISSION_DENIED = "42501"
READ_ONLY = "25006"


async def refusal_of(engines: Engines, *statements: str) -> str:
    try:
        async with engines.read.connect() as connection:
            for statement in statements:
                await connection.execute(text(statement))
    except DBAPIError as refusal:
        return getattr(refusal.orig, "sqlstate", "")
    pytest.fail(f"The read side could do this: {statements}")


@pytest.mark.parametrize("table", ["records", "collections", "tags", "record_tags"])
async def test_may_not_even_read_the_tables(engines: Engines, table: str) -> None:
    assert await refusal_of(engines, f"TABLE {table}") == PERMISSION_DENIED


@pytest.mark.parametrize("statement", ["DELETE FROM records", "CREATE TABLE mine ()", "DELETE FROM collection_view"])
async def test_may_not_write(engines: Engines, statement: str) -> None:
    assert await refusal_of(engines, statement) in {READ_ONLY, PERMISSION_DENIED}


async def test_may_not_write_even_in_a_transaction_that_allows_writing(engines: Engines) -> None:
    refused = await refusal_of(engines, "SET TRANSACTION READ WRITE", "DELETE FROM collection_view")

    assert refused == PERMISSION_DENIED


async def test_the_views_have_the_columns_that_readers_name(engines: Engines) -> None:
    async with engines.read.connect() as connection:
        for view in (record_view, collection_view):
            found = await connection.execute(text(f"TABLE {view.name} LIMIT 0"))
            assert list(found.keys()) == [column.name for column in view.columns]


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
