"""A backup that is made while writes go on holds one moment, and comes back whole or not at all."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncGenerator, Generator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from datastore_service.application.errors import CursorExpired
from datastore_service.application.feed.start_position import Edge
from datastore_service.application.feed.use_cases.get_consumer import GetConsumer
from datastore_service.application.feed.use_cases.put_consumer import PutConsumer
from datastore_service.application.feed.use_cases.read_changes import ReadChanges
from datastore_service.application.limits import Limits
from datastore_service.application.mediator import Mediator
from datastore_service.application.read.queries.get_record import GetRecord
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.replace_record import ReplaceRecord
from datastore_service.bootstrap import build_application
from datastore_service.config.database_settings import DatabaseSettings
from datastore_service.config.loader import load_settings
from datastore_service.config.settings import Settings
from datastore_service.database import open_database
from datastore_service.infrastructure.backup import BackupError, back_up, programs, restore
from datastore_service.infrastructure.database.engine.pools import Engines
from datastore_service.infrastructure.embedded import embedded_postgres

TABLES = text("SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace")


@pytest.fixture
def folder() -> Generator[Path]:
    with tempfile.TemporaryDirectory(prefix="datastore-backup-") as name:
        # PostgreSQL may run as somebody else, and has to get in.
        Path(name).chmod(0o755)
        yield Path(name)


def names_in(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir()]


@pytest.fixture
async def another(engines: Engines) -> AsyncGenerator[DatabaseSettings]:
    """An empty database beside."""
    admin = create_async_engine(engines.write.url, isolation_level="AUTOCOMMIT")
    async with admin.connect() as connection:
        await connection.execute(text("CREATE DATABASE another"))
    url = engines.write.url.set(database="another").render_as_string(hide_password=False)
    yield load_settings([], {"DATASTORE_ENV": "test", "DATABASE_URL": url}).database
    async with admin.connect() as connection:
        await connection.execute(text("DROP DATABASE another WITH (FORCE)"))
    await admin.dispose()


@pytest.fixture
async def own(engines: Engines) -> AsyncGenerator[DatabaseSettings]:
    """A filled database that nobody serves from."""
    admin = create_async_engine(engines.write.url, isolation_level="AUTOCOMMIT")
    async with admin.connect() as connection:
        await connection.execute(text("CREATE DATABASE own"))
    url = engines.write.url.set(database="own").render_as_string(hide_password=False)
    database = load_settings([], {"DATASTORE_ENV": "test", "DATABASE_URL": url}).database
    async with application_on(database) as (mediator, _):
        await mediator.send(CreateRecord(payload={"own": True}, tags=["kept"]))
    yield database
    async with admin.connect() as connection:
        await connection.execute(text("DROP DATABASE own WITH (FORCE)"))
    await admin.dispose()


@asynccontextmanager
async def application_on(database: DatabaseSettings) -> AsyncGenerator[tuple[Mediator, Engines]]:
    async with open_database(
        load_settings([], {"DATASTORE_ENV": "test"}).model_copy(update={"database": database})
    ) as engines:
        application = build_application(engines, Limits())
        yield application.mediator, engines
        await application.changes.close()


def url_of(settings: DatabaseSettings) -> str:
    assert settings.url is not None
    return settings.url.get_secret_value().replace("postgresql:", "postgresql+asyncpg:")


async def content(url: str) -> Mapping[str, list[str]]:
    engine: AsyncEngine = create_async_engine(url)
    async with engine.connect() as connection:
        tables = list(await connection.scalars(TABLES))
        found = {
            # The log begins a new epoch with each restore: its epoch and the ids of its transactions are new.
            table: sorted(await connection.scalars(text(f"SELECT (to_jsonb(x) - 'xid')::text FROM {table} x")))  # noqa: S608 - from the catalogue
            for table in tables
            if table != "change_log"
        }
    await engine.dispose()
    return found


async def test_holds_one_moment_while_writes_go_on_and_can_be_served_from(
    sql_settings: Settings, sql_mediator: Mediator, another: DatabaseSettings, folder: Path
) -> None:
    file, begun, stop = folder / "backup", asyncio.Event(), asyncio.Event()
    acknowledged: list[tuple[UUID, int]] = []

    async def write() -> None:
        first = await sql_mediator.send(CreateRecord(payload=0, collection="counted", tags=["a", "b"]))
        acknowledged.append((first.id, first.version))
        begun.set()
        while not stop.is_set():
            changed = await sql_mediator.send(ReplaceRecord(id=first.id, payload=acknowledged[-1][1], tags=["a", "b"]))
            acknowledged.append((first.id, changed.record.version))

    writing = asyncio.create_task(write())
    await begun.wait()
    before = acknowledged[-1][1]
    size = await back_up(sql_settings.database, file)
    after = acknowledged[-1][1]
    stop.set()
    await writing

    restored = await restore(another, file, replace=False)

    assert size == file.stat().st_size
    assert file.stat().st_mode & 0o777 == 0o600
    assert names_in(folder) == ["backup"]
    assert restored.reader
    async with application_on(another) as (mediator, engines):
        record = await mediator.send(GetRecord(id=acknowledged[0][0]))
        async with engines.write.connect() as connection:
            revisions = await connection.scalar(text("SELECT count(*) FROM revisions"))
            reads_as = await connection.scalar(
                text("SELECT has_table_privilege('datastore_reader', 'record_view', 'SELECT')")
            )
    assert restored.revision == engines.revision
    assert before <= record.version <= after + 1
    # The record and its log are of the same moment.
    assert (revisions, reads_as, record.tags) == (record.version, True, ("a", "b"))


async def test_comes_back_equal(own: DatabaseSettings, another: DatabaseSettings, folder: Path) -> None:
    await back_up(own, folder / "backup")

    await restore(another, folder / "backup", replace=False)

    assert await content(url_of(another)) == await content(url_of(own))


async def test_a_database_that_was_only_migrated_is_empty(
    own: DatabaseSettings, another: DatabaseSettings, folder: Path
) -> None:
    await back_up(own, folder / "backup")
    async with application_on(another):
        pass

    await restore(another, folder / "backup", replace=False)

    assert await content(url_of(another)) == await content(url_of(own))


async def test_consumers_keep_their_places_and_cursors_from_before_are_refused(
    own: DatabaseSettings, another: DatabaseSettings, folder: Path
) -> None:
    async with application_on(own) as (mediator, _):
        done = await mediator.send(ReadChanges(limit=10, since=Edge.BEGINNING))
        await mediator.send(PutConsumer(name="indexer", since=done.position))
        await mediator.send(CreateRecord(payload="still to come"))
    await back_up(own, folder / "backup")

    await restore(another, folder / "backup", replace=False)

    async with application_on(another) as (mediator, _):
        assert (await mediator.send(GetConsumer(name="indexer"))).lag_changes == 1
        with pytest.raises(CursorExpired):
            await mediator.send(ReadChanges(limit=10, since=done.position))


async def test_gives_up_what_is_there_only_when_told_to(own: DatabaseSettings, folder: Path) -> None:
    await back_up(own, folder / "backup")
    before = await content(url_of(own))
    async with application_on(own) as (mediator, _):
        await mediator.send(CreateRecord(payload="later"))
    changed = await content(url_of(own))

    with pytest.raises(BackupError, match=r"not empty \(there are rows in collections, .*records.*\): .* --replace"):
        await restore(own, folder / "backup", replace=False)
    assert await content(url_of(own)) == changed

    await restore(own, folder / "backup", replace=True)

    assert await content(url_of(own)) == before


async def test_a_backup_that_breaks_off_changes_nothing(own: DatabaseSettings, folder: Path) -> None:
    file = folder / "backup"
    async with application_on(own) as (mediator, _):
        for number in range(50):
            await mediator.send(CreateRecord(payload={str(number): "".join(chr(97 + i * i % 26) for i in range(500))}))
    size = await back_up(own, file)
    before = await content(url_of(own))
    file.write_bytes(file.read_bytes()[: size - 2000])

    with pytest.raises(BackupError):
        await restore(own, file, replace=True)

    assert await content(url_of(own)) == before


async def test_refuses_what_is_no_backup_and_what_is_served(
    own: DatabaseSettings, sql_settings: Settings, engines: Engines, folder: Path
) -> None:
    (folder / "text").write_text("no backup")
    async with engines.write.connect() as connection:
        await connection.execute(text("SELECT 1"))

        with pytest.raises(BackupError, match=r"A Datastore is using the database \(\d+ connections\): stop it first"):
            await restore(sql_settings.database, folder / "text", replace=True)
    with pytest.raises(BackupError, match="is not a backup that can be read"):
        await restore(own, folder / "text", replace=True)
    with pytest.raises(BackupError, match="is not there"):
        await restore(own, folder / "nothing", replace=True)


async def test_what_fails_leaves_the_former_backup(own: DatabaseSettings, folder: Path) -> None:
    (folder / "backup").write_text("the former")
    nowhere = own.model_copy(
        update={"url": load_settings([], {"DATABASE_URL": "postgresql://x@127.0.0.1:1/x"}).database.url}
    )

    with pytest.raises(BackupError, match="The database cannot be reached"):
        await back_up(nowhere, folder / "backup")
    with pytest.raises(BackupError, match="cannot be written"):
        await back_up(own, folder / "nowhere" / "backup")

    assert (folder / "backup").read_text() == "the former"
    assert names_in(folder) == ["backup"]


async def test_programs_older_than_the_server_are_told(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BackupError, match=r"The server is PostgreSQL 999, .*postgresql-client-999"):
        await programs.programs_for(database_url, 999)

    monkeypatch.setattr(programs, "_folders", list)
    with pytest.raises(BackupError, match="none are here"):
        await programs.programs_for(database_url, 18)


async def test_the_embedded_one_is_backed_up_whether_or_not_it_serves(folder: Path) -> None:
    settings = load_settings([f"database.data_dir={folder / 'data'}"], {"DATASTORE_ENV": "test"})
    with pytest.raises(BackupError, match="There is no database in"):
        await back_up(settings.database, folder / "none")
    async with application_on(settings.database) as (mediator, _):
        await mediator.send(CreateRecord(payload=1))
        await back_up(settings.database, folder / "in-use")
    await back_up(settings.database, folder / "at-rest")

    for name in ("in-use", "at-rest"):
        fresh = load_settings([f"database.data_dir={folder / name}-data"], {"DATASTORE_ENV": "test"}).database
        await restore(fresh, folder / name, replace=False)
        async with embedded_postgres(fresh.data_dir) as url:
            assert len(await content(url)) > 3
        shutil.rmtree(fresh.data_dir)
