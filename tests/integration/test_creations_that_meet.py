"""What replaces a record also replaces one that another transaction is just creating."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from uuid import UUID, uuid4

import pytest

from datastore_service.application.errors import OperationRefused
from datastore_service.application.json_codec import decode
from datastore_service.application.mediator import Mediator
from datastore_service.application.messages import Command
from datastore_service.application.read.queries.get_record import GetRecord
from datastore_service.application.write.commands.apply_batch import ApplyBatch, Operation
from datastore_service.application.write.commands.import_records import ImportRecords
from datastore_service.application.write.commands.replace_record import ReplaceRecord
from datastore_service.application.write.ports.imports import Draft, ImportLine
from datastore_service.domain.errors import PreconditionFailed
from datastore_service.domain.preconditions import Precondition
from datastore_service.domain.records.content import GivenContent
from datastore_service.domain.records.record import Record
from datastore_service.infrastructure.database.engine.pools import Engines
from datastore_service.infrastructure.database.write.transaction import SqlTransactionFactory
from datastore_service.infrastructure.system import Uuid7Generator

SHORT, LONG = 1, 12
"""Imports of so many lines are written in different ways."""


async def beside_a_creation[R](engines: Engines, ids: Sequence[UUID], store: Mediator, command: Command[R]) -> R:
    """Sends the command while the records are being created, so that it does not see them until it writes."""
    begin = SqlTransactionFactory(engines.write, Uuid7Generator(), engines.clock, engines.clock)
    async with begin() as work:
        at = work.began_at or engines.clock.now()
        for record_id in ids:
            await work.records.add(
                Record.create(record_id, GivenContent(payload="created", tags=[]), collection="c", at=at)
            )
        sent = asyncio.create_task(store.send(command))
        await until_one_waits(engines)
        await work.commit()
    return await sent


async def until_one_waits(engines: Engines) -> None:
    waiting = "SELECT FROM pg_locks WHERE NOT granted AND locktype = 'transactionid'"
    for _ in range(1000):
        if await engines.read.fetch(waiting, []):
            return
        await asyncio.sleep(0.02)
    pytest.fail("Nobody waits for the creation.")


async def state(store: Mediator, record_id: UUID) -> tuple[int, object]:
    record = await store.send(GetRecord(id=record_id))
    return record.version, decode(record.payload.encode())


async def test_a_replacement_replaces_what_is_being_created(engines: Engines, locking_mediator: Mediator) -> None:
    record_id = uuid4()

    replaced = await beside_a_creation(
        engines, [record_id], locking_mediator, ReplaceRecord(id=record_id, collection="c", payload="replaced")
    )

    assert not replaced.created
    assert await state(locking_mediator, record_id) == (2, "replaced")


async def test_so_does_one_in_a_batch(engines: Engines, locking_mediator: Mediator) -> None:
    record_id = uuid4()
    change = ReplaceRecord(id=record_id, collection="c", payload="replaced")
    again = ReplaceRecord(id=record_id, payload="again")

    applied = await beside_a_creation(
        engines,
        [record_id],
        locking_mediator,
        ApplyBatch(operations=[Operation(change=change), Operation(change=again)]),
    )

    assert [one.created for one in applied] == [False, False]
    assert await state(locking_mediator, record_id) == (3, "again")


async def test_one_that_is_to_create_is_refused_as_a_precondition(engines: Engines, locking_mediator: Mediator) -> None:
    record_id = uuid4()
    change = ReplaceRecord(id=record_id, collection="c", payload="replaced", precondition=Precondition(none_match="*"))

    with pytest.raises(OperationRefused) as refused:
        await beside_a_creation(
            engines, [record_id], locking_mediator, ApplyBatch(operations=[Operation(change=change)])
        )

    assert isinstance(refused.value.cause, PreconditionFailed)
    assert await state(locking_mediator, record_id) == (1, "created")


class Drafts:
    """Takes the lines for drafts as they are."""

    def read(self, line: ImportLine, /) -> Draft:
        return line.content


@pytest.mark.parametrize("length", [SHORT, LONG])
async def test_so_does_an_import(engines: Engines, locking_mediator: Mediator, length: int) -> None:
    ids = [uuid4() for _ in range(length)]

    async def lines() -> AsyncIterator[Sequence[ImportLine]]:
        drafts = [Draft(id=each, collection="c", payload="imported") for each in ids]
        yield [ImportLine(number, draft, repr(draft).encode()) for number, draft in enumerate(drafts, start=1)]

    progress = await beside_a_creation(
        engines, ids[:1], locking_mediator, ImportRecords(lines=lines(), reader=Drafts(), on_conflict="replace")
    )

    assert (progress.created, progress.replaced, progress.rejected) == (length - 1, 1, 0)
    assert await state(locking_mediator, ids[0]) == (2, "imported")
    assert all([await state(locking_mediator, each) == (1, "imported") for each in ids[1:]])
