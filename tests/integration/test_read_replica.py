"""Queries go to the replica that READ_DATABASE_URL names: here a real one, streaming from the tests' PostgreSQL."""

import asyncio
import subprocess
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from datastore_service.application.commands.create_record import CreateRecord
from datastore_service.application.limits import Limits
from datastore_service.application.mediator import Mediator
from datastore_service.application.queries.get_record import GetRecord
from datastore_service.application.views import RecordView
from datastore_service.bootstrap import build_mediator
from datastore_service.config.loader import load_settings
from datastore_service.domain.errors import RecordNotFound
from datastore_service.infrastructure.database.embedded import embedded_postgres
from datastore_service.infrastructure.database.embedded.programs import find_programs
from datastore_service.infrastructure.database.engine import Engines
from datastore_service.main import StartupError, open_database


@pytest.fixture
async def replica_url(database_url: str, engines: Engines) -> AsyncGenerator[str]:
    """A streaming replica of this worker's PostgreSQL, migrations included."""
    assert engines.revision
    (socket,) = parse_qs(urlsplit(database_url).query)["host"]
    with tempfile.TemporaryDirectory(prefix="datastore-replica-") as name:
        backup = [find_programs() / "bin" / "pg_basebackup", "-D", f"{name}/postgres", "-R", "-c", "fast"]
        await asyncio.to_thread(
            subprocess.run, [*backup, "-h", socket, "-p", "5432", "-U", "postgres"], check=True, capture_output=True
        )
        async with embedded_postgres(Path(name)) as url:
            yield url


async def eventually_read(mediator: Mediator, query: GetRecord) -> RecordView:
    for _ in range(100):
        try:
            return await mediator.send(query)
        except RecordNotFound:
            await asyncio.sleep(0.05)
    raise AssertionError("The change has not reached the replica within five seconds.")


async def test_queries_are_answered_by_the_replica(database_url: str, replica_url: str) -> None:
    settings = load_settings(
        [], {"DATASTORE_ENV": "test", "DATABASE_URL": database_url, "READ_DATABASE_URL": replica_url}
    )

    async with open_database(settings) as engines:
        mediator = build_mediator(engines, Limits())
        written = await mediator.send(CreateRecord(payload={"a": 1}, tags=["t"]))
        read = await eventually_read(mediator, GetRecord(id=written.id))
        ((is_replica, reads_as),) = await engines.read.fetch("SELECT pg_is_in_recovery(), current_user", [])

    assert (read.id, read.version, read.tags) == (written.id, 1, ("t",))
    assert (is_replica, reads_as) == (True, "datastore_reader")


async def test_a_replica_that_is_away_is_named_when_the_service_starts(database_url: str, tmp_path: Path) -> None:
    nowhere = f"postgresql://someone:secret@/datastore?host={tmp_path}"
    settings = load_settings([], {"DATASTORE_ENV": "test", "DATABASE_URL": database_url, "READ_DATABASE_URL": nowhere})

    with pytest.raises(StartupError) as refusal:
        async with open_database(settings):
            pytest.fail("It started without its replica.")

    assert str(tmp_path) in str(refusal.value)
    assert "secret" not in str(refusal.value)


async def test_a_database_that_is_no_replica_is_not_waited_for_without_end(
    database_url: str, engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("datastore_service.infrastructure.database.engine._REPLICA_PATIENCE", 0.2)
    admin = create_async_engine(engines.write.url, isolation_level="AUTOCOMMIT")
    async with admin.connect() as connection:
        await connection.execute(text("CREATE DATABASE empty"))
    empty = engines.write.url.set(database="empty").render_as_string()
    settings = load_settings([], {"DATASTORE_ENV": "test", "DATABASE_URL": database_url, "READ_DATABASE_URL": empty})

    with pytest.raises(StartupError, match="has not received revision"):
        async with open_database(settings):
            pytest.fail("It started on a database without the schema.")

    async with admin.connect() as connection:
        await connection.execute(text("DROP DATABASE empty"))
    await admin.dispose()
