"""Collections are made again what they were at a time: on the fakes and on PostgreSQL."""

from uuid import UUID

import pytest

from datastore_service.application.commands.create_record import CreateRecord
from datastore_service.application.commands.delete_record import DeleteRecord
from datastore_service.application.commands.put_collection import PutCollection
from datastore_service.application.commands.replace_record import ReplaceRecord
from datastore_service.application.commands.revert_collection import RevertCollection, RevertedRecord
from datastore_service.application.mediator import Mediator
from datastore_service.application.origin import Once, Origin
from datastore_service.application.pagination import PageRequest
from datastore_service.application.queries.list_records import ListRecords
from datastore_service.application.queries.list_revisions import ListRevisions
from datastore_service.application.questions.question import RecordQuestion
from datastore_service.application.views import RecordView
from datastore_service.domain.errors import CollectionNotFound, PreconditionFailed, SchemaViolated, TimeNotCome
from datastore_service.domain.records.values import Precondition


@pytest.fixture(params=["fakes", "postgresql"])
def store(request: pytest.FixtureRequest) -> Mediator:
    return request.getfixturevalue("mediator" if request.param == "fakes" else "sql_mediator")


async def content(store: Mediator, collection: str = "people") -> dict[UUID, tuple[int, str]]:
    question = RecordQuestion(collection=collection)
    page = await store.send(ListRecords(question=question, page=PageRequest(limit=100)))
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

    first = await store.send(command, Origin(once=Once("preview")))

    assert await store.send(command, Origin(once=Once("preview"))) == first
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
    with pytest.raises(TimeNotCome):
        await store.send(RevertCollection(name="people", as_of=as_of.replace(year=2100)))
    stale = Precondition(match=frozenset({7}))
    with pytest.raises(PreconditionFailed):
        await store.send(RevertCollection(name="people", as_of=as_of, precondition=stale))
