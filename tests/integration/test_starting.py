"""What a user is told when the database that he named will not do."""

import pytest
from sqlalchemy import text

from datastore_service.config.loader import load_settings
from datastore_service.infrastructure.database.engine import Engines
from datastore_service.main import StartupError, migrate


async def failure_with(url: str) -> str:
    settings = load_settings([], {"DATASTORE_ENV": "test", "DATABASE_URL": url})
    with pytest.raises(StartupError) as failure:
        await migrate(settings)
    return str(failure.value)


async def test_names_the_database_that_cannot_be_reached_without_the_password() -> None:
    message = await failure_with("postgresql://user:s3cret@127.0.0.1:1/db")

    assert message == "The database cannot be reached (postgresql+asyncpg://user:***@127.0.0.1:1/db)."


async def test_says_that_there_is_no_such_database(engines: Engines) -> None:
    url = engines.write.url.set(database="nothing").render_as_string(hide_password=False)

    assert 'database "nothing" does not exist' in await failure_with(url)


async def test_refuses_a_schema_of_a_newer_version(engines: Engines) -> None:
    url = engines.write.url.render_as_string(hide_password=False)
    async with engines.write.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    try:
        assert "9999" in await failure_with(url)
    finally:
        async with engines.write.begin() as connection:
            await connection.execute(text("UPDATE alembic_version SET version_num = '0001'"))
