"""The past on a real database: purges beside the service take nothing that is wanted, and their command tells of it."""

import asyncio
import re
from datetime import UTC, datetime

import httpx2
from typer.testing import CliRunner

from datastore_service import cli
from datastore_service.application.mediator import Mediator
from datastore_service.application.read.queries.get_record import GetRecord
from datastore_service.application.read.queries.list_revisions import ListRevisions
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.delete_record import DeleteRecord
from datastore_service.application.write.commands.purge_revisions import PurgeRevisions
from datastore_service.application.write.commands.purge_tombstones import PurgeTombstones
from datastore_service.application.write.commands.put_collection import PutCollection
from datastore_service.application.write.commands.replace_record import ReplaceRecord
from datastore_service.application.write.commands.restore_record import RestoreRecord
from datastore_service.domain.collections.retention import Retention
from datastore_service.domain.errors import RecordNotFound


async def test_what_is_restored_while_the_purge_runs_is_there_whole_or_was_purged_before(
    sql_mediator: Mediator,
) -> None:
    records = [await sql_mediator.send(CreateRecord(payload=number, tags=["t"])) for number in range(40)]
    for record in records:
        await sql_mediator.send(DeleteRecord(id=record.id))
    now = datetime.now(UTC)

    async def purge() -> None:
        while await sql_mediator.send(PurgeTombstones(deleted_before=now, limit=3)):
            pass

    restores = [sql_mediator.send(RestoreRecord(id=record.id)) for record in records]
    _, *outcomes = await asyncio.gather(purge(), *restores, return_exceptions=True)

    restored = [record for record, outcome in zip(records, outcomes, strict=True) if not isinstance(outcome, Exception)]
    assert {type(outcome) for outcome in outcomes if isinstance(outcome, Exception)} <= {RecordNotFound}
    for record in restored:
        assert (await sql_mediator.send(GetRecord(id=record.id))).tags == ("t",)
    histories = await sql_mediator.send(ListRevisions(ids=[record.id for record in records], limit=9))
    assert [history and [one.version for one in history.items] for history in histories] == [
        [3, 2, 1] if record in restored else None for record in records
    ]


async def test_revisions_that_are_written_while_others_are_given_up_are_all_there(sql_mediator: Mediator) -> None:
    await sql_mediator.send(PutCollection(name="people", retention=Retention(revisions=2)))
    record = await sql_mediator.send(CreateRecord(collection="people", payload=0))

    async def write() -> None:
        for number in range(1, 40):
            await sql_mediator.send(ReplaceRecord(id=record.id, payload=number))

    async def purge() -> None:
        for _ in range(40):
            await sql_mediator.send(PurgeRevisions(collection="people", limit=5))

    await asyncio.gather(write(), purge())

    while await sql_mediator.send(PurgeRevisions(collection="people", limit=100)):
        pass
    (history,) = await sql_mediator.send(ListRevisions(ids=[record.id], limit=99))
    assert history is not None
    assert [(one.version, one.payload) for one in history.items] == [(40, "39"), (39, "38")]


async def test_the_command_says_what_it_removes(sql_mediator: Mediator, database_url: str) -> None:
    await sql_mediator.send(PutCollection(name="people", retention=Retention(revisions=1)))
    record = await sql_mediator.send(CreateRecord(collection="people", payload=1))
    await sql_mediator.send(ReplaceRecord(id=record.id, payload=2))
    gone = await sql_mediator.send(CreateRecord(collection="places", payload=1))
    await sql_mediator.send(DeleteRecord(id=gone.id))

    async def said(*words: str) -> str:
        runner = CliRunner(env={"DATASTORE_ENV": "test", "DATABASE_URL": database_url})
        result = await asyncio.to_thread(runner.invoke, cli.app, ["purge", *words])
        assert result.exit_code == 0, result.output
        return result.stdout.strip()

    assert await said("--older-than", "90d") == "Removed 0 deleted records and 1 revisions."
    assert await said("--older-than", "0s", "--dry-run") == "Would remove 1 deleted records and 0 revisions."
    assert await said() == "Removed 0 deleted records and 0 revisions."
    assert await said("--older-than", "0s") == "Removed 1 deleted records and 0 revisions."
    assert await said("--older-than", "0s", "--dry-run") == "Would remove 0 deleted records and 0 revisions."


def test_an_age_has_a_unit() -> None:
    result = CliRunner().invoke(cli.app, ["purge", "--older-than", "90"])

    assert result.exit_code == 2
    assert re.search("is no age, such as 90d", re.sub(r"[\s│]+", " ", result.output))


def test_an_age_has_its_limits() -> None:
    result = CliRunner().invoke(cli.app, ["purge", "--older-than", "999999w"])

    assert result.exit_code == 2
    assert "longer ago than a thousand years" in re.sub(r"[\s│]+", " ", result.output)


async def test_a_revert_on_postgresql_says_what_it_has_done(sql_client: httpx2.AsyncClient) -> None:
    record = (await sql_client.post("/records", json={"collection": "people", "payload": 1})).json()
    before = {"as_of": "2000-01-01T00:00:00Z"}

    response = await sql_client.post("/collections/people/revert", json=before)

    item = {"id": record["id"], "operation": "delete", "version": 2, "to_version": None}
    assert response.json() == {"dry_run": False, "count": 1, "items": [item]}
