"""What records were: on the fakes and on PostgreSQL."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from datastore_service.application.fields import read_field
from datastore_service.application.json_codec import decode
from datastore_service.application.mediator import Mediator
from datastore_service.application.read.criteria.comparisons import read_comparison
from datastore_service.application.read.criteria.conditions import Operator
from datastore_service.application.read.criteria.record_criteria import RecordCriteria
from datastore_service.application.read.history import RevisionCursor, RevisionView
from datastore_service.application.read.pagination import Cursor, Page, PageRequest
from datastore_service.application.read.queries.count_records import CountRecords
from datastore_service.application.read.queries.get_record import GetRecord
from datastore_service.application.read.queries.list_records import ListRecords
from datastore_service.application.read.queries.list_revisions import ListRevisions
from datastore_service.application.request_context import Actor, RequestContext
from datastore_service.application.views import JsonText, RecordView
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.delete_record import DeleteRecord
from datastore_service.application.write.commands.patch_record import PatchRecord
from datastore_service.application.write.commands.put_collection import PutCollection
from datastore_service.application.write.commands.replace_record import ReplaceRecord
from datastore_service.application.write.commands.restore_record import RestoreRecord
from datastore_service.application.write.commands.revert_record import RevertRecord
from datastore_service.domain.errors import (
    AsOfInFuture,
    InvalidValue,
    PreconditionFailed,
    RecordDeleted,
    RecordNotDeleted,
    RecordNotFound,
    RevisionNotFound,
    SchemaViolated,
)
from datastore_service.domain.preconditions import Precondition
from datastore_service.domain.records.patches import MergePatch

ADA = RequestContext(actor=Actor(id="ada"), correlation_id="request-1")
INSTANT = timedelta(microseconds=1)


def the_same(one: RecordView, other: RecordView) -> bool:
    return decode(one.payload.encode()) == decode(other.payload.encode()) and (
        replace(one, payload=JsonText("")) == replace(other, payload=JsonText(""))
    )


async def history_of(
    store: Mediator, record_id: UUID, limit: int = 100, after: RevisionCursor | None = None
) -> Page[RevisionView]:
    (page,) = await store.send(ListRevisions(ids=[record_id], limit=limit, after=after))
    assert page is not None
    return page


@pytest.fixture
async def record_id(store: Mediator) -> UUID:
    """A record that was created, patched, deleted, replaced and deleted again."""
    record = await store.send(CreateRecord(collection="people", payload={"n": 1}, tags=["a"]), ADA)
    await store.send(PatchRecord(id=record.id, patch=MergePatch({"payload": {"n": 2}, "tags": ["b"]})))
    await store.send(DeleteRecord(id=record.id))
    await store.send(ReplaceRecord(id=record.id, payload=3))
    await store.send(DeleteRecord(id=record.id))
    return record.id


async def test_a_history_tells_what_each_change_has_made_of_the_record(store: Mediator, record_id: UUID) -> None:
    page = await history_of(store, record_id)

    assert [
        (revision.version, revision.operation, decode(revision.payload.encode()), revision.tags, revision.actor)
        for revision in page.items
    ] == [
        (5, "delete", 3, (), "anonymous"),
        (4, "replace", 3, (), "anonymous"),
        (3, "delete", {"n": 2}, ("b",), "anonymous"),
        (2, "patch", {"n": 2}, ("b",), "anonymous"),
        (1, "create", {"n": 1}, ("a",), "ada"),
    ]
    assert {revision.record_id for revision in page.items} == {record_id}
    assert {revision.collection for revision in page.items} == {"people"}
    assert [revision.correlation_id for revision in page.items] == [None, None, None, None, "request-1"]
    assert [revision.at for revision in page.items] == sorted((revision.at for revision in page.items), reverse=True)


async def test_a_history_comes_page_by_page(store: Mediator, record_id: UUID) -> None:
    first = await history_of(store, record_id, limit=2)
    second = await history_of(store, record_id, limit=2, after=RevisionCursor(4))
    last = await history_of(store, record_id, limit=2, after=RevisionCursor(2))
    beyond = await history_of(store, record_id, limit=2, after=RevisionCursor(1))

    pages = [first, second, last, beyond]
    assert [[revision.version for revision in page.items] for page in pages] == [[5, 4], [3, 2], [1], []]
    assert [(page.has_next, page.has_previous) for page in pages] == [
        (True, False),
        (True, True),
        (False, True),
        (False, True),
    ]


async def test_a_difference_is_a_json_patch_to_the_version_before_even_across_pages(
    store: Mediator, record_id: UUID
) -> None:
    first = await history_of(store, record_id, limit=4)

    diffs = [diff and decode(diff.encode()) for diff in (revision.diff() for revision in first.items)]
    assert diffs[0] == []
    assert diffs[3] == [
        {"op": "replace", "path": "/payload/n", "value": 2},
        {"op": "replace", "path": "/tags/0", "value": "b"},
    ]
    assert (await history_of(store, record_id, after=RevisionCursor(2))).items[0].diff() is None


async def test_histories_of_many_come_at_once_and_those_of_none_are_none(store: Mediator, record_id: UUID) -> None:
    other = await store.send(CreateRecord(payload=1))

    found = await store.send(ListRevisions(ids=[other.id, uuid4(), record_id], limit=1))

    assert [page and [revision.version for revision in page.items] for page in found] == [[1], None, [5]]


async def test_reads_a_record_as_it_was_at_a_version(store: Mediator, record_id: UUID) -> None:
    then = await store.send(GetRecord(id=record_id, version=2))

    assert (then.version, decode(then.payload.encode()), then.tags, then.collection) == (2, {"n": 2}, ("b",), "people")
    assert then.created_at < then.updated_at
    with pytest.raises(RecordDeleted):
        await store.send(GetRecord(id=record_id, version=3))
    for version in (0, 6, 2**62):
        with pytest.raises(RevisionNotFound):
            await store.send(GetRecord(id=record_id, version=version))
    with pytest.raises(RecordNotFound):
        await store.send(GetRecord(id=uuid4(), version=1))


async def test_reads_a_record_as_it_was_at_a_time(store: Mediator, record_id: UUID) -> None:
    times = {revision.version: revision.at for revision in (await history_of(store, record_id)).items}

    for version in (1, 2, 4):
        for at in (times[version], times[version + 1] - INSTANT):
            assert (await store.send(GetRecord(id=record_id, as_of=at))).version == version
    for version in (3, 5):
        with pytest.raises(RecordDeleted):
            await store.send(GetRecord(id=record_id, as_of=times[version]))
    for unknown in (record_id, uuid4()):
        with pytest.raises(RecordNotFound):
            await store.send(GetRecord(id=unknown, as_of=times[1] - INSTANT))


async def test_what_was_is_read_at_a_version_or_at_a_time(store: Mediator, record_id: UUID) -> None:
    (newest,) = (await history_of(store, record_id, limit=1)).items

    with pytest.raises(InvalidValue) as refusal:
        await store.send(GetRecord(id=record_id, version=1, as_of=newest.at))

    assert refusal.value.pointer == "/version"


async def test_reads_no_time_that_has_not_come(store: Mediator, record_id: UUID) -> None:
    (newest,) = (await history_of(store, record_id, limit=1)).items

    with pytest.raises(AsOfInFuture):
        await store.send(GetRecord(id=record_id, as_of=newest.at + timedelta(days=1)))


async def test_restores_a_deleted_record_as_it_was(store: Mediator) -> None:
    record = await store.send(CreateRecord(collection="people", payload={"n": 1}, tags=["a"]))
    await store.send(DeleteRecord(id=record.id))

    restored = await store.send(RestoreRecord(id=record.id))

    assert the_same(restored, await store.send(GetRecord(id=record.id)))
    assert (restored.version, decode(restored.payload.encode()), restored.tags) == (3, {"n": 1}, record.tags)
    assert restored.created_at == record.created_at
    assert (await history_of(store, record.id, limit=1)).items[0].operation == "restore"


async def test_restores_only_what_is_deleted(store: Mediator) -> None:
    record = await store.send(CreateRecord(payload=1))

    with pytest.raises(RecordNotDeleted):
        await store.send(RestoreRecord(id=record.id))
    with pytest.raises(RecordNotFound):
        await store.send(RestoreRecord(id=uuid4()))


@pytest.mark.parametrize("is_deleted", [False, True])
async def test_reverts_a_record_or_its_tombstone_to_a_version(store: Mediator, *, is_deleted: bool) -> None:
    record = await store.send(CreateRecord(payload={"n": 1}, tags=["a"]))
    await store.send(ReplaceRecord(id=record.id, payload=2))
    if is_deleted:
        await store.send(DeleteRecord(id=record.id))

    reverted = await store.send(RevertRecord(id=record.id, version=1))

    assert the_same(reverted, await store.send(GetRecord(id=record.id)))
    assert (decode(reverted.payload.encode()), reverted.tags) == ({"n": 1}, record.tags)
    assert reverted.version == 3 + is_deleted
    assert (await history_of(store, record.id, limit=1)).items[0].operation == "revert"


async def test_reverts_to_no_version_that_is_not_there_or_holds_nothing(store: Mediator, record_id: UUID) -> None:
    for version in (0, 6):
        with pytest.raises(RevisionNotFound):
            await store.send(RevertRecord(id=record_id, version=version))
    with pytest.raises(InvalidValue) as refusal:
        await store.send(RevertRecord(id=record_id, version=3))
    with pytest.raises(RecordNotFound):
        await store.send(RevertRecord(id=uuid4(), version=1))

    assert refusal.value.pointer == "/version"


async def test_reverts_what_is_as_its_author_has_seen_it(store: Mediator) -> None:
    record = await store.send(CreateRecord(payload=1))

    with pytest.raises(PreconditionFailed):
        await store.send(RevertRecord(id=record.id, version=1, precondition=Precondition(match=frozenset({2}))))
    reverted = await store.send(RevertRecord(id=record.id, version=1, precondition=Precondition(match=frozenset({1}))))

    assert reverted.version == 2


async def test_brings_nothing_back_that_its_collection_does_not_take_any_more(store: Mediator) -> None:
    record = await store.send(CreateRecord(collection="people", payload="text"))
    await store.send(ReplaceRecord(id=record.id, payload=1))
    gone = await store.send(CreateRecord(collection="people", payload="text"))
    await store.send(DeleteRecord(id=gone.id))
    await store.send(PutCollection(name="people", schema={"type": "integer"}))

    with pytest.raises(SchemaViolated):
        await store.send(RevertRecord(id=record.id, version=1))
    with pytest.raises(SchemaViolated):
        await store.send(RestoreRecord(id=gone.id))

    assert (await store.send(GetRecord(id=record.id))).version == 2


async def test_lists_and_counts_what_there_was_at_a_time(store: Mediator) -> None:
    kept = await store.send(CreateRecord(collection="people", payload={"n": 1}, tags=["a"]))
    gone = await store.send(CreateRecord(collection="people", payload={"n": 2}))
    await store.send(CreateRecord(collection="places", payload={"n": 1}))
    await store.send(ReplaceRecord(id=kept.id, payload={"n": 2}))
    await store.send(DeleteRecord(id=gone.id))
    later = await store.send(CreateRecord(collection="people", payload={"n": 3}))

    async def found(criteria: RecordCriteria) -> list[tuple[UUID, int]]:
        asked = replace(criteria, collection="people")
        page = await store.send(ListRecords(criteria=asked, page=PageRequest(limit=9)))
        assert await store.send(CountRecords(criteria=asked)) == len(page.items)
        return [(record.id, record.version) for record in page.items]

    assert await found(RecordCriteria()) == [(kept.id, 2), (later.id, 1)]
    assert await found(RecordCriteria(as_of=gone.updated_at)) == [(kept.id, 1), (gone.id, 1)]
    assert await found(RecordCriteria(as_of=gone.updated_at, tags=("a",))) == [(kept.id, 1)]
    assert await found(RecordCriteria(as_of=gone.updated_at - INSTANT)) == [(kept.id, 1)]
    assert await found(RecordCriteria(as_of=kept.updated_at - INSTANT)) == []
    assert await found(RecordCriteria(as_of=later.updated_at - INSTANT, include_deleted=True)) == [
        (kept.id, 2),
        (gone.id, 2),
    ]
    is_2 = read_comparison(read_field("payload.n", ""), Operator.EQ, 2, "")
    assert await found(RecordCriteria(as_of=gone.updated_at, where=is_2)) == [(gone.id, 1)]
    with pytest.raises(AsOfInFuture):
        await found(RecordCriteria(as_of=later.updated_at + timedelta(days=1)))


async def test_pages_of_what_there_was_fit_together(store: Mediator) -> None:
    records = [await store.send(CreateRecord(payload=n)) for n in range(5)]
    for record in records:
        await store.send(DeleteRecord(id=record.id))
    criteria = RecordCriteria(as_of=records[3].updated_at)

    first = await store.send(ListRecords(criteria=criteria, page=PageRequest(limit=3)))
    after = Cursor(first.items[-1].id)
    second = await store.send(ListRecords(criteria=criteria, page=PageRequest(limit=3, after=after)))

    ids = sorted(record.id for record in records[:4])
    assert [record.id for record in [*first.items, *second.items]] == ids
    assert (first.has_next, second.has_next) == (True, False)
