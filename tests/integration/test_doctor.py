"""The doctor sees what is wrong, says what to do, and changes nothing."""

import json
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest
from sqlalchemy import text

from datastore_service.application.feed.use_cases.put_consumer import PutConsumer
from datastore_service.application.feed.use_cases.put_webhook import PutWebhook
from datastore_service.application.mediator import Mediator
from datastore_service.cli import doctor as command
from datastore_service.config.loader import load_settings
from datastore_service.config.settings import Settings
from datastore_service.infrastructure.database.engine.pools import Engines
from datastore_service.infrastructure.doctor import Finding, State, examine

EVERYTHING = [
    "versions", "disk", "database", "server", "schema", "read role", "clock", "connections", "indexes", "transactions",
    "failover", "followers",
]  # fmt: skip


@pytest.fixture
def folder() -> Generator[Path]:
    with tempfile.TemporaryDirectory(prefix="datastore-doctor-") as name:
        yield Path(name)


async def findings(settings: Settings) -> dict[str, Finding]:
    return {finding.name: finding async for finding in examine(settings)}


async def test_a_healthy_service_is_told_so_in_a_line_each(engines: Engines, sql_settings: Settings) -> None:
    found = await findings(sql_settings)

    assert list(found) == EVERYTHING
    assert {finding.state for finding in found.values()} == {State.OK}
    assert found["schema"].detail == f"at revision {engines.revision}, which is this version's"


async def test_an_old_schema_is_a_problem_and_a_newer_one_is_not(engines: Engines, sql_settings: Settings) -> None:
    for revision, state in (("0001", State.PROBLEM), ("9999", State.WARNING)):
        async with engines.write.begin() as connection:
            await connection.execute(text("UPDATE alembic_version SET version_num = :r"), {"r": revision})
        try:
            found = await findings(sql_settings)
        finally:
            async with engines.write.begin() as connection:
                await connection.execute(text("UPDATE alembic_version SET version_num = :r"), {"r": engines.revision})

        assert found["schema"].state is state
        assert revision in found["schema"].detail
        assert found["schema"].advice


async def test_an_index_that_was_not_finished_is_named(engines: Engines, sql_settings: Settings) -> None:
    async with engines.write.begin() as connection:
        await connection.execute(text("CREATE INDEX half_done ON tags (name)"))
        await connection.execute(
            text("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'half_done'::regclass")
        )
    try:
        found = await findings(sql_settings)
    finally:
        async with engines.write.begin() as connection:
            await connection.execute(text("DROP INDEX half_done"))

    assert (found["indexes"].state, found["indexes"].detail) == (State.WARNING, "not valid: half_done")
    assert "REINDEX INDEX CONCURRENTLY half_done" in (found["indexes"].advice or "")


async def test_pools_that_the_server_cannot_fill_are_a_problem(sql_settings: Settings) -> None:
    database = sql_settings.database.model_copy(update={"read_pool_size": 1000})

    found = await findings(sql_settings.model_copy(update={"database": database}))

    assert found["connections"].state is State.PROBLEM


async def test_a_primary_in_the_place_of_the_replica_is_a_problem(sql_settings: Settings) -> None:
    database = sql_settings.database.model_copy(update={"read_url": sql_settings.database.url})

    found = await findings(sql_settings.model_copy(update={"database": database}))

    assert list(found) == [*EVERYTHING, "replica"]
    assert found["replica"].advice == "Correct READ_DATABASE_URL."


async def test_followers_that_look_unused_are_named(
    engines: Engines, sql_settings: Settings, sql_mediator: Mediator
) -> None:
    for name in ("old", "new"):
        await sql_mediator.send(PutConsumer(name=name))
    await sql_mediator.send(PutWebhook(name="off", url="http://localhost/", enabled=False))
    async with engines.write.begin() as connection:
        await connection.execute(
            text("UPDATE consumers SET acknowledged_at = now() - interval '8 days' WHERE name = 'old'")
        )

    found = (await findings(sql_settings))["followers"]

    assert (found.state, found.detail) == (State.WARNING, "perhaps unused: consumer 'old', disabled webhook 'off'")


async def test_a_database_that_is_away_ends_the_look() -> None:
    found = await findings(load_settings([], {"DATABASE_URL": "postgresql://u:s3cret@127.0.0.1:1/db"}))

    assert list(found) == EVERYTHING[:3]
    assert (found["database"].state, found["database"].detail) == (State.PROBLEM, "The database cannot be reached.")
    assert "s3cret" not in repr(found)


async def test_makes_no_database_only_to_look_at_it(folder: Path) -> None:
    found = await findings(load_settings([f"database.data_dir={folder / 'none'}"], {}))

    assert list(found) == EVERYTHING[:3]
    assert found["database"].detail.startswith("none yet")
    assert not (folder / "none").exists()


async def test_programs_read_an_object_a_line(sql_settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    url = sql_settings.database.url
    assert url is not None

    ill = await command.tell([f"database.url={url.get_secret_value()}"], as_json=True)

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert not ill
    assert [line["name"] for line in lines] == ["configuration", *EVERYTHING]
    assert {line["state"] for line in lines} == {"ok"}


async def test_a_mistaken_setting_is_a_finding_too(capsys: pytest.CaptureFixture[str]) -> None:
    ill = await command.tell(["server.port=abc"], as_json=False)

    first, second = capsys.readouterr().out.splitlines()
    assert ill
    assert first.startswith("problem  configuration  server.port (DATASTORE_PORT): 'abc' is not a valid integer")
    assert second.strip() == "Correct it; `datastore config` shows the settings in effect."
