"""Queries go to the replica that READ_DATABASE_URL names: here a real one, streaming from the tests' PostgreSQL."""

import asyncio
import subprocess
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from contextvars import Context
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from datastore_service.application.errors import SchemaChangeRefused
from datastore_service.application.fields import PayloadPath
from datastore_service.application.freshness import EVERYTHING, NOTHING, SeenUntil
from datastore_service.application.limits import Limits
from datastore_service.application.mediator import Mediator
from datastore_service.application.read.criteria.conditions import Comparison, Operator
from datastore_service.application.read.criteria.record_criteria import RecordCriteria
from datastore_service.application.read.pagination import PageRequest
from datastore_service.application.read.queries.count_records import CountRecords
from datastore_service.application.read.queries.get_record import GetRecord
from datastore_service.application.read.queries.list_records import ListRecords
from datastore_service.application.times import timestamp
from datastore_service.application.views import RecordView
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.delete_record import DeleteRecord
from datastore_service.application.write.commands.purge_tombstones import PurgeTombstones
from datastore_service.application.write.commands.put_collection import PutCollection
from datastore_service.bootstrap import build_mediator
from datastore_service.config.loader import load_settings
from datastore_service.config.settings import Settings
from datastore_service.database import StartupError, open_database
from datastore_service.domain.errors import HistoryExpired, RecordNotFound
from datastore_service.domain.json_value import Json
from datastore_service.domain.typed.model import CollectionApi
from datastore_service.infrastructure.database.engine.pool import Pool
from datastore_service.infrastructure.database.engine.pools import Engines
from datastore_service.infrastructure.database.schema.reader_role import READER_ROLE
from datastore_service.infrastructure.embedded import embedded_postgres
from datastore_service.infrastructure.embedded.programs import find_programs
from tests.both_ways import both_ways


@asynccontextmanager
async def a_replica(database_url: str) -> AsyncGenerator[str]:
    (socket,) = parse_qs(urlsplit(database_url).query)["host"]
    with tempfile.TemporaryDirectory(prefix="datastore-replica-") as name:
        backup = [find_programs() / "bin" / "pg_basebackup", "-D", f"{name}/postgres", "-R", "-c", "fast"]
        await asyncio.to_thread(
            subprocess.run, [*backup, "-h", socket, "-p", "5432", "-U", "postgres"], check=True, capture_output=True
        )
        async with embedded_postgres(Path(name)) as url:
            yield url


@pytest.fixture
async def replica_url(database_url: str, engines: Engines) -> AsyncGenerator[str]:
    """A streaming replica of this worker's PostgreSQL, migrations included."""
    assert engines.revision
    async with a_replica(database_url) as url:
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


@pytest.fixture
async def lagging(database_url: str, replica_url: str) -> AsyncGenerator[Engines]:
    """The pools of a service whose replica gets everything and shows nothing of it."""
    settings = load_settings(
        [], {"DATASTORE_ENV": "test", "DATABASE_URL": database_url, "READ_DATABASE_URL": replica_url}
    )
    async with open_database(settings) as engines:
        await on_replica(engines, "SELECT pg_wal_replay_pause()")
        yield engines
        await on_replica(engines, "SELECT pg_wal_replay_resume()")


async def on_replica(engines: Engines, statement: str) -> None:
    async with engines.read.connection() as connection:
        await connection.execute("SET ROLE postgres")
        await connection.execute(statement)
        await connection.execute(f"SET ROLE {READER_ROLE}")


async def test_what_is_read_as_of_a_time_is_not_read_on_a_replica_that_lacks_it(
    lagging: Engines, sql_settings: Settings
) -> None:
    mediator = build_mediator(lagging, Limits())
    written = await mediator.send(CreateRecord(payload=1))
    as_of, at = written.updated_at, {"at": timestamp(written.updated_at)}
    lists = "query($at: DateTime!) { records(asOf: $at) { totalCount nodes { id } } }"
    single = "query($at: DateTime!, $id: UUID!) { record(id: $id, asOf: $at) { id } }"

    with pytest.raises(RecordNotFound):
        await mediator.send(GetRecord(id=written.id))
    async with both_ways(sql_settings, mediator) as service:
        listed = await service.answer(lists, at)
        found = await service.answer(single, at | {"id": str(written.id)})

    assert await mediator.send(GetRecord(id=written.id, as_of=as_of)) == written
    assert await mediator.send(CountRecords(criteria=RecordCriteria(as_of=as_of))) == 1
    assert listed.json() == {"data": {"records": {"totalCount": 1, "nodes": [{"id": str(written.id)}]}}}
    assert found.json() == {"data": {"record": {"id": str(written.id)}}}
    assert service.tally.compiled == 2


async def test_a_change_of_types_finds_the_record_that_the_replica_lacks(lagging: Engines) -> None:
    """The look is on the replica; its snapshot does not list the transactions that it has not seen."""
    mediator = build_mediator(lagging, Limits())
    written = await mediator.send(CreateRecord(payload={"n": -1}, collection="people"))
    schema: Json = {"type": "object", "properties": {"n": {"type": "integer", "minimum": 0}}}
    api = CollectionApi.of("people", type_name="Person", node="typed")

    with pytest.raises(RecordNotFound):
        await mediator.send(GetRecord(id=written.id))
    with pytest.raises(SchemaChangeRefused) as refusal:
        await mediator.send(PutCollection(name="people", schema=schema, api=api))

    assert str(written.id) in refusal.value.report


async def test_the_replica_is_read_once_it_has_what_is_needed(lagging: Engines) -> None:
    async def is_read_on_replica(position: int) -> bool:
        with SeenUntil(position):
            return (await lagging.read.fetch("SELECT pg_is_in_recovery()", []))[0][0]

    await build_mediator(lagging, Limits()).send(CreateRecord(payload=1))
    ((written,),) = await lagging.gathered.fetch("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn", [])

    assert await is_read_on_replica(NOTHING)
    assert await is_read_on_replica(1)
    assert not await is_read_on_replica(int(written))
    assert not await is_read_on_replica(EVERYTHING)

    await on_replica(lagging, "SELECT pg_wal_replay_resume()")
    for _ in range(200):
        if await is_read_on_replica(int(written)):
            break
        await asyncio.sleep(0.05)
    assert await is_read_on_replica(int(written))
    assert not await is_read_on_replica(EVERYTHING)


async def test_what_was_begun_on_the_primary_is_not_continued_on_a_replica_that_has_less(lagging: Engines) -> None:
    async def is_read_on_replica() -> bool:
        return (await lagging.read.fetch("SELECT pg_is_in_recovery()", []))[0][0]

    async def until_read_on_replica(position: int) -> None:
        await on_replica(lagging, "SELECT pg_wal_replay_resume()")
        async with asyncio.timeout(20):
            while True:
                with SeenUntil(position):
                    if await is_read_on_replica():
                        return
                await asyncio.sleep(0.05)

    await build_mediator(lagging, Limits()).send(CreateRecord(payload=1))
    ((written,),) = await lagging.gathered.fetch("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn", [])

    with SeenUntil(1):
        with SeenUntil(int(written)):
            first = await is_read_on_replica()
            await asyncio.create_task(until_read_on_replica(int(written)), context=Context())
            second = await is_read_on_replica()
        # As the look at what is still kept, which follows the reading.
        third = await is_read_on_replica()
    with SeenUntil(int(written)):
        later = await is_read_on_replica()

    assert (first, second, third, later) == (False, False, False, True)


async def test_what_was_purged_is_told_whichever_replica_is_asked_for_it(
    lagging: Engines, database_url: str, engines: Engines
) -> None:
    """The one that has read the list has replayed the purge, and the other one lags behind."""
    on_primary = build_mediator(engines, Limits())
    made = await on_primary.send(CreateRecord(collection="people", payload={"age": 1}))
    criteria = RecordCriteria(
        collection="people", as_of=made.updated_at, where=Comparison(PayloadPath(("age",)), Operator.EQ, 1)
    )
    asking = ListRecords(criteria=criteria, page=PageRequest(limit=10))
    async with a_replica(database_url) as url:
        settings = load_settings([], {"DATASTORE_ENV": "test", "DATABASE_URL": database_url, "READ_DATABASE_URL": url})
        async with open_database(settings) as following:
            # As behind one address of two replicas, where each connection leads to one of them.
            mediator = build_mediator(replace(following, read=lagging.read), Limits())
            await on_replica(lagging, "SELECT pg_wal_replay_resume()")
            found = await mediator.send(asking)
            await replays_all(lagging.read, engines)
            await on_replica(lagging, "SELECT pg_wal_replay_pause()")
            await on_primary.send(DeleteRecord(id=made.id))
            purge = PurgeTombstones(deleted_before=datetime(9999, 1, 1, tzinfo=UTC), limit=9)
            assert await on_primary.send(purge) == 1
            await replays_all(following.planning, engines)

            with pytest.raises(HistoryExpired):
                await mediator.send(asking)

    assert [record.id for record in found.items] == [made.id]


async def replays_all(pool: Pool, primary: Engines) -> None:
    """Returns once a replica has all that the primary has written."""
    ((written,),) = await primary.gathered.fetch("SELECT pg_current_wal_insert_lsn()::text", [])
    async with asyncio.timeout(20):
        while not (await pool.fetch(f"SELECT pg_last_wal_replay_lsn() >= '{written}'", []))[0][0]:  # noqa: ASYNC110 - PostgreSQL tells nobody
            await asyncio.sleep(0.05)


async def test_what_a_mutation_selects_is_not_older_than_the_mutation(lagging: Engines, sql_settings: Settings) -> None:
    mediator = build_mediator(lagging, Limits())
    made = await mediator.send(CreateRecord(payload=1))
    source = {"id": str(made.id), "payload": 2}
    replacing = """
    mutation($input: ReplaceRecordInput!) {
      replaceRecord(input: $input) {
        record { version links { totalCount } revisions { nodes { version } } }
        userErrors { code }
      }
    }
    """
    linking = """
    mutation($link: LinkInput!, $target: ReplaceRecordInput!) {
      replaceRecord(input: $target) { record { version } }
      linkRecords(input: $link) {
        link { source { payload links { nodes { id payload } } } target { backlinks { totalCount } } }
      }
    }
    """
    async with both_ways(sql_settings, mediator) as service:
        for version, client in enumerate((service.compiling, service.interpreting), 2):
            target = str(uuid4())
            link = {"source": str(made.id), "relation": f"to-{version}", "target": target}
            replaced = await client.post("/graphql", json={"query": replacing, "variables": {"input": source}})
            given = {"link": link, "target": {"id": target, "payload": "target"}}
            linked = (await client.post("/graphql", json={"query": linking, "variables": given})).json()
            later = await client.post("/graphql", json={"query": f'{{ record(id: "{target}") {{ id }} }}'})

            versions = [{"version": version} for version in range(version, 0, -1)]
            assert replaced.json()["data"]["replaceRecord"] == {
                "record": {"version": version, "links": {"totalCount": version - 2}, "revisions": {"nodes": versions}},
                "userErrors": [],
            }
            assert linked["data"]["linkRecords"]["link"]["target"] == {"backlinks": {"totalCount": 1}}
            nodes = linked["data"]["linkRecords"]["link"]["source"]["links"]["nodes"]
            assert {"id": target, "payload": "target"} in nodes
            assert later.json() == {"data": {"record": None}}


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
    monkeypatch.setattr("datastore_service.infrastructure.database.engine.pools._REPLICA_PATIENCE", 0.2)
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
