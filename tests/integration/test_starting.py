"""What a user is told when the database that he named will not do."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import text

from datastore_service.config.loader import load_settings
from datastore_service.config.settings import Settings
from datastore_service.database import StartupError, migrate, open_database
from datastore_service.infrastructure.database.engine.pools import Engines
from datastore_service.main import create_app


async def failure_with(url: str) -> str:
    settings = load_settings([], {"DATASTORE_ENV": "test", "DATABASE_URL": url})
    with pytest.raises(StartupError) as failure:
        await migrate(settings)
    return str(failure.value)


@asynccontextmanager
async def revision_set_to(engines: Engines, revision: str) -> AsyncGenerator[None]:
    statement = text("UPDATE alembic_version SET version_num = :revision")
    async with engines.write.begin() as connection:
        await connection.execute(statement, {"revision": revision})
    try:
        yield
    finally:
        async with engines.write.begin() as connection:
            await connection.execute(statement, {"revision": engines.revision})


async def test_names_the_database_that_cannot_be_reached_without_the_password() -> None:
    message = await failure_with("postgresql://user:s3cret@127.0.0.1:1/db")

    assert message == "The database cannot be reached (postgresql://user:***@127.0.0.1:1/db)."


async def test_says_that_there_is_no_such_database(engines: Engines) -> None:
    url = engines.write.url.set(database="nothing").render_as_string(hide_password=False)

    assert 'database "nothing" does not exist' in await failure_with(url)


async def test_refuses_a_schema_of_a_newer_version(engines: Engines) -> None:
    url = engines.write.url.render_as_string(hide_password=False)

    async with revision_set_to(engines, "9999"):
        assert "9999" in await failure_with(url)


async def test_without_migrating_it_takes_a_schema_of_its_own_version_or_of_a_newer(
    sql_settings: Settings, engines: Engines
) -> None:
    async with open_database(sql_settings, migrating=False) as found:
        assert found.revision == engines.revision

    async with revision_set_to(engines, "9999"), open_database(sql_settings, migrating=False) as found:
        assert found.revision == "9999"


async def test_without_migrating_it_says_that_there_is_no_schema(engines: Engines) -> None:
    settings = load_settings(
        ["database.migrate=false"],
        {
            "DATASTORE_ENV": "test",
            "DATABASE_URL": engines.write.url.set(database="postgres").render_as_string(hide_password=False),
        },
    )

    app = create_app(settings)
    with pytest.raises(StartupError, match="The schema is not there yet; run `datastore migrate` first"):
        async with app.router.lifespan_context(app):
            pytest.fail("has started")
