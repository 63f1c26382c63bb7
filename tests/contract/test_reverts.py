"""Collections are made again what they were at a time: on the fakes and on PostgreSQL."""

import asyncio
from dataclasses import asdict, replace
from random import Random
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from datastore_service.application.errors import OperationRefused
from datastore_service.application.mediator import Mediator
from datastore_service.application.read.criteria.record_criteria import RecordCriteria
from datastore_service.application.read.pagination import PageRequest
from datastore_service.application.read.queries.list_records import ListRecords
from datastore_service.application.read.queries.list_revisions import ListRevisions
from datastore_service.application.request_context import IdempotencyKey, RequestContext
from datastore_service.application.views import RecordView
from datastore_service.application.write.commands.apply_batch import ApplyBatch, Operation
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.delete_record import DeleteRecord
from datastore_service.application.write.commands.link_records import LinkRecords
from datastore_service.application.write.commands.patch_record import PatchRecord
from datastore_service.application.write.commands.put_collection import PutCollection
from datastore_service.application.write.commands.replace_record import ReplaceRecord
from datastore_service.application.write.commands.revert_collection import RevertCollection, RevertedRecord
from datastore_service.application.write.commands.unlink_records import UnlinkRecords
from datastore_service.domain.errors import (
    AsOfInFuture,
    CollectionNotFound,
    PreconditionFailed,
    RecordDeleted,
    SchemaViolated,
)
from datastore_service.domain.preconditions import Precondition
from datastore_service.domain.records.patches import MergePatch
from datastore_service.infrastructure.database.engine.pools import Engines


async def content(store: Mediator, collection: str = "people") -> dict[UUID, tuple[int, str]]:
    criteria = RecordCriteria(collection=collection)
    page = await store.send(ListRecords(criteria=criteria, page=PageRequest(limit=100)))
    return {record.id: (record.version, record.payload) for record in page.items}


@pytest.fixture
async def records(store: Mediator) -> list[RecordView]:
    """Of five records, the first is left alone, the next changed, deleted, changed and changed back, and made later."""
    kept, changed, gone, back = [
        await store.send(CreateRecord(collection="people", payload=number)) for number in range(4)
    ]
    await store.send(CreateRecord(collection="places", payload=0))
    await store.send(ReplaceRecord(id=changed.id, payload="changed", tags=["t"]))
    await store.send(DeleteRecord(id=gone.id))
    await store.send(ReplaceRecord(id=back.id, payload="changed"))
    await store.send(ReplaceRecord(id=back.id, payload=3))
    late = await store.send(CreateRecord(collection="people", payload=4))
    return [kept, changed, gone, back, late]


async def test_each_record_is_again_what_it_was_as_a_new_version(store: Mediator, records: list[RecordView]) -> None:
    kept, changed, gone, back, late = records

    reverted = await store.send(RevertCollection(name="people", as_of=back.updated_at))

    assert sorted(reverted, key=lambda record: record.id) == sorted(
        [
            RevertedRecord(id=changed.id, operation="revert", version=3, to_version=1),
            RevertedRecord(id=gone.id, operation="revert", version=3, to_version=1),
            RevertedRecord(id=late.id, operation="delete", version=2, to_version=None),
        ],
        key=lambda record: record.id,
    )
    assert await content(store) == {kept.id: (1, "0"), changed.id: (3, "1"), gone.id: (3, "2"), back.id: (3, "3")}
    histories = await store.send(ListRevisions(ids=[changed.id, late.id], limit=1))
    assert [page and page.items[0].operation for page in histories] == ["revert", "delete"]
    assert len(await content(store, "places")) == 1


async def test_a_preview_says_the_same_and_changes_nothing(store: Mediator, records: list[RecordView]) -> None:
    before = await content(store)

    preview = await store.send(RevertCollection(name="people", as_of=records[3].updated_at, dry_run=True))

    assert await content(store) == before
    assert preview == await store.send(RevertCollection(name="people", as_of=records[3].updated_at))


async def test_a_preview_may_come_again(store: Mediator, records: list[RecordView]) -> None:
    command = RevertCollection(name="people", as_of=records[3].updated_at, dry_run=True)

    first = await store.send(command, RequestContext(idempotency_key=IdempotencyKey("preview")))

    assert await store.send(command, RequestContext(idempotency_key=IdempotencyKey("preview"))) == first
    assert len(first) == 3


async def test_a_revert_can_be_reverted(store: Mediator, records: list[RecordView]) -> None:
    before = {key: payload for key, (_, payload) in (await content(store)).items()}

    await store.send(RevertCollection(name="people", as_of=records[3].updated_at))
    await store.send(RevertCollection(name="people", as_of=records[4].updated_at))

    assert {key: payload for key, (_, payload) in (await content(store)).items()} == before


async def test_all_is_reverted_or_nothing(store: Mediator, records: list[RecordView]) -> None:
    before = await content(store)
    await store.send(PutCollection(name="people", schema={"type": ["string", "integer"], "not": {"const": 2}}))

    with pytest.raises(SchemaViolated):
        await store.send(RevertCollection(name="people", as_of=records[3].updated_at))

    assert await content(store) == before


async def test_reverts_what_is_there_to_a_time_that_was(store: Mediator, records: list[RecordView]) -> None:
    as_of = records[0].updated_at

    with pytest.raises(CollectionNotFound):
        await store.send(RevertCollection(name="nobody", as_of=as_of))
    with pytest.raises(AsOfInFuture):
        await store.send(RevertCollection(name="people", as_of=as_of.replace(year=2100)))
    stale = Precondition(match=frozenset({7}))
    with pytest.raises(PreconditionFailed):
        await store.send(RevertCollection(name="people", as_of=as_of, precondition=stale))


async def test_reverts_under_load_wait_for_no_write_that_waits_for_them(
    engines: Engines, sql_mediator: Mediator
) -> None:
    """Transfers take keys, and so lock records one after the other, while others put the collection back."""
    accounts = [(await sql_mediator.send(CreateRecord(collection="accounts", payload=100))).id for _ in range(10)]
    as_of = (await sql_mediator.send(CreateRecord(collection="accounts", payload="the last"))).updated_at
    link = LinkRecords(source=accounts[0], relation="r", target=accounts[1])
    before = await deadlocks(engines)
    reverting = True

    async def transfer(seed: int) -> None:
        chance = Random(seed)  # noqa: S311 - no secret
        while reverting:
            one, other = chance.sample(accounts, 2)
            parts = [
                ReplaceRecord(id=one, payload=chance.random()),
                PatchRecord(id=other, patch=MergePatch({"payload": 1})),
            ]
            batch = ApplyBatch(operations=[Operation(change=part) for part in parts])
            await sql_mediator.send(batch, RequestContext(idempotency_key=IdempotencyKey(str(uuid4()))))
            await sql_mediator.send(parts[1], RequestContext(idempotency_key=IdempotencyKey(str(uuid4()))))

    async def make_and_link() -> None:
        while reverting:
            late = await sql_mediator.send(CreateRecord(collection="accounts", payload="late"))
            made = replace(link, source=late.id)
            try:
                await sql_mediator.send(made)
                await sql_mediator.send(link)
                await sql_mediator.send(
                    ApplyBatch(operations=[Operation(change=UnlinkRecords(**asdict(each))) for each in (made, link)])
                )
            except (RecordDeleted, OperationRefused):
                # The revert has deleted the record, and with it the link.
                continue

    async def revert() -> None:
        for _ in range(10):
            await sql_mediator.send(RevertCollection(name="accounts", as_of=as_of))

    writing = [asyncio.create_task(transfer(seed)) for seed in range(4)]
    writing.append(asyncio.create_task(make_and_link()))
    try:
        await asyncio.gather(revert(), revert())
    finally:
        reverting = False
        await asyncio.gather(*writing)

    assert await deadlocks(engines) == before


async def deadlocks(engines: Engines) -> int:
    """Counts those that PostgreSQL has seen; what a session has counted is told of when it is asked to."""
    async with engines.write.connect() as connection:
        # Sessions tell at most once a second.
        await asyncio.sleep(1.1)
        await connection.execute(text("SELECT pg_stat_force_next_flush()"))
        return await connection.scalar(
            text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        )
