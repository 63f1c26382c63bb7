"""Every change leaves a revision in the same transaction, and what was there before the log has one, too."""

from typing import Any
from uuid import UUID

import pytest

from datastore_service.application.mediator import Mediator
from datastore_service.application.request_context import Actor, RequestContext
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.delete_record import DeleteRecord
from datastore_service.application.write.commands.patch_record import PatchRecord
from datastore_service.application.write.commands.replace_record import ReplaceRecord
from datastore_service.application.write.ports.unit_of_work import Transaction
from datastore_service.domain.errors import RecordDeleted
from datastore_service.domain.records.content import GivenContent
from datastore_service.domain.records.patches import MergePatch
from datastore_service.infrastructure.database.engine.pools import Engines, ReadPool
from datastore_service.infrastructure.database.write.transaction import SqlTransactionFactory
from datastore_service.infrastructure.system import SystemClock, Uuid7Generator

ADA = RequestContext(actor=Actor(id="ada"), correlation_id="request-1")


async def rows_of(engine: ReadPool, statement: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await engine.fetch(statement, [])]


async def test_each_change_leaves_what_it_made_of_the_record_and_who_made_it(
    sql_mediator: Mediator, engines: Engines
) -> None:
    record = await sql_mediator.send(CreateRecord(collection="people", payload={"a": 1}, tags=["t"]), ADA)
    await sql_mediator.send(PatchRecord(id=record.id, patch=MergePatch({"payload": {"b": 2}})))
    await sql_mediator.send(ReplaceRecord(id=record.id, payload=3))
    await sql_mediator.send(DeleteRecord(id=record.id))

    assert await rows_of(
        engines.read,
        "SELECT record_id, collection, version, operation, payload::text, tags, actor, correlation_id "
        "FROM revision_view ORDER BY seq",
    ) == [
        (record.id, "people", 1, "create", '{"a": 1}', ["t"], "ada", "request-1"),
        (record.id, "people", 2, "patch", '{"a": 1, "b": 2}', ["t"], "anonymous", None),
        (record.id, "people", 3, "replace", "3", [], "anonymous", None),
        (record.id, "people", 4, "delete", "3", [], "anonymous", None),
    ]


async def test_a_refused_change_leaves_none(sql_mediator: Mediator, engines: Engines) -> None:
    record = await sql_mediator.send(CreateRecord(payload=1))
    await sql_mediator.send(DeleteRecord(id=record.id))

    with pytest.raises(RecordDeleted):
        await sql_mediator.send(DeleteRecord(id=record.id))

    assert await rows_of(engines.read, "SELECT version FROM revision_view ORDER BY seq") == [(1,), (2,)]


async def test_versions_are_numbered_in_their_order_though_an_older_transaction_makes_the_later_one(
    sql_mediator: Mediator, engines: Engines
) -> None:
    first, second = [await sql_mediator.send(CreateRecord(payload=n)) for n in range(2)]
    begin = SqlTransactionFactory(engines.write, Uuid7Generator(), engines.clock, engines.clock)

    async def change(work: Transaction, record_id: UUID) -> None:
        record = await work.records.get(record_id)
        assert record is not None
        record.replace(GivenContent(payload="changed", tags=[]), at=SystemClock().now())
        await work.records.save(record)

    async with begin() as older:
        await change(older, first.id)
        async with begin() as younger:
            await change(younger, second.id)
            await younger.commit()
        await change(older, second.id)
        await older.commit()

    versions = await rows_of(engines.read, "SELECT record_id, version FROM revision_view ORDER BY seq")
    assert [version for record_id, version in versions if record_id == second.id] == [1, 2, 3]
