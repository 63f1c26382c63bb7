"""Readiness tells the truth about PostgreSQL."""

import asyncio
from dataclasses import replace

from datastore_service.config.settings import Settings
from datastore_service.infrastructure.database.engine.pools import Engines, SchemaRevision, create_write_engine
from datastore_service.infrastructure.database.read.readers.readiness import SqlReadiness


def readiness(engines: Engines) -> SqlReadiness:
    return SqlReadiness(
        write=engines.write,
        read=engines.read,
        planning=engines.planning,
        keyed=engines.keyed,
        lists=engines.lists,
        gathered=engines.gathered,
        revision=SchemaRevision(engines.revision),
    )


async def test_all_is_well(engines: Engines) -> None:
    checks = await readiness(engines).checks()

    assert checks == {"database": None, "read_side": None, "schema": None}


async def test_a_schema_that_was_set_back_is_told(engines: Engines) -> None:
    checks = await replace(readiness(engines), revision=SchemaRevision("9999")).checks()

    assert checks["schema"] == f"The schema is at revision {engines.revision}; at the start it was 9999."


async def test_a_database_that_is_away_is_told(engines: Engines, sql_settings: Settings) -> None:
    nowhere = create_write_engine("postgresql+asyncpg://nobody@127.0.0.1:1/nothing", sql_settings.database)

    checks = await replace(readiness(engines), write=nowhere).checks()

    assert checks == {"database": "The database cannot be reached.", "read_side": None, "schema": None}


async def test_a_busy_database_is_told_in_time(engines: Engines, sql_settings: Settings) -> None:
    settings = sql_settings.database.model_copy(update={"write_pool_size": 1, "pool_timeout": 60})
    url = engines.write.url.render_as_string(hide_password=False)
    narrow = create_write_engine(url, settings)
    async with narrow.connect():
        async with asyncio.timeout(30):
            checks = await replace(readiness(engines), write=narrow).checks()
    await narrow.dispose()

    assert checks["database"] == "The database does not answer within 2 seconds."
