"""What of the past is given up, and what is promised of the rest: on the fakes and on PostgreSQL."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from datastore_service.application.feed.start_position import Edge
from datastore_service.application.feed.use_cases.delete_webhook import DeleteWebhook
from datastore_service.application.feed.use_cases.get_consumer import GetConsumer
from datastore_service.application.feed.use_cases.put_consumer import PutConsumer
from datastore_service.application.feed.use_cases.put_webhook import PutWebhook
from datastore_service.application.feed.use_cases.read_changes import ReadChanges
from datastore_service.application.mediator import Mediator
from datastore_service.application.ports.clock import Clock
from datastore_service.application.read.criteria.record_criteria import RecordCriteria
from datastore_service.application.read.pagination import PageRequest
from datastore_service.application.read.ports.history import Purgeable
from datastore_service.application.read.queries.count_purgeable import CountPurgeable, PurgeableCount
from datastore_service.application.read.queries.get_collection import GetCollection
from datastore_service.application.read.queries.get_record import GetRecord
from datastore_service.application.read.queries.list_records import ListRecords
from datastore_service.application.read.queries.list_revisions import ListRevisions
from datastore_service.application.views import RecordView
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.delete_collection import DeleteCollection
from datastore_service.application.write.commands.delete_record import DeleteRecord
from datastore_service.application.write.commands.purge_revisions import PurgeRevisions
from datastore_service.application.write.commands.purge_tombstones import PurgeTombstones
from datastore_service.application.write.commands.put_collection import PutCollection
from datastore_service.application.write.commands.replace_record import ReplaceRecord
from datastore_service.application.write.commands.revert_collection import RevertCollection
from datastore_service.application.write.commands.revert_record import RevertRecord
from datastore_service.domain.collections.retention import Retention
from datastore_service.domain.errors import HistoryExpired, InvalidValue, RecordNotFound
from tests.fakes.clock import TickingClock
from tests.fixtures import MakeStore

INSTANT = timedelta(microseconds=1)


class Calendar(TickingClock):
    """A clock that can be moved on."""

    def move(self, by: timedelta) -> datetime:
        self._now += by
        return self._now


@pytest.fixture
def calendar() -> Calendar:
    return Calendar()


@pytest.fixture
def store(make_store: MakeStore, calendar: Calendar) -> Mediator:
    return make_store({Clock: calendar})


async def versions_of(store: Mediator, record_id: UUID) -> list[int]:
    (page,) = await store.send(ListRevisions(ids=[record_id], limit=100))
    return [revision.version for revision in page.items] if page else []


async def changed(store: Mediator, times: int, collection: str = "people") -> list[RecordView]:
    """Makes a record and changes it; returns what it was at each version."""
    record = await store.send(CreateRecord(collection=collection, payload=1))
    changes = [await store.send(ReplaceRecord(id=record.id, payload=number)) for number in range(2, times + 1)]
    return [record, *(change.record for change in changes)]


async def listed(store: Mediator, as_of: datetime, collection: str | None = "people") -> list[int]:
    criteria = RecordCriteria(collection=collection, as_of=as_of)
    page = await store.send(ListRecords(criteria=criteria, page=PageRequest(limit=100)))
    return [record.version for record in page.items]


async def test_a_collection_says_what_it_keeps(store: Mediator) -> None:
    put = await store.send(PutCollection(name="people", retention=Retention(days=30)))

    assert put.collection.retention == Retention(days=30)
    assert (await store.send(GetCollection(name="people"))).retention == Retention(days=30)

    await store.send(PutCollection(name="people"))

    assert (await store.send(GetCollection(name="people"))).retention is None


@pytest.mark.parametrize(
    ("retention", "pointer"),
    [
        (Retention, "/retention"),
        (lambda: Retention(revisions=1, days=1), "/retention"),
        (lambda: Retention(revisions=0), "/retention/revisions"),
        (lambda: Retention(days=1_000_001), "/retention/days"),
    ],
)
def test_a_retention_is_one_of_two(retention: Callable[[], Retention], pointer: str) -> None:
    with pytest.raises(InvalidValue) as refusal:
        retention()

    assert refusal.value.pointer == pointer


async def test_keeps_all_unless_told_otherwise(store: Mediator) -> None:
    record = await changed(store, 5)

    assert (await store.send(CountPurgeable())).purgeable.revisions == {}
    assert await store.send(PurgeRevisions(collection="people", limit=100)) == 0
    assert await versions_of(store, record[0].id) == [5, 4, 3, 2, 1]


async def test_keeps_the_newest_revisions_of_each_record(store: Mediator) -> None:
    first, second, other = await changed(store, 5), await changed(store, 2), await changed(store, 5, "places")
    await store.send(PutCollection(name="people", retention=Retention(revisions=3)))

    assert (await store.send(CountPurgeable())).purgeable.revisions == {"people": 2}
    assert await store.send(PurgeRevisions(collection="people", limit=1)) == 1
    assert await versions_of(store, first[0].id) == [5, 4, 3, 2]
    assert await store.send(PurgeRevisions(collection="people", limit=9)) == 1
    assert await store.send(PurgeRevisions(collection="people", limit=9)) == 0

    assert await versions_of(store, first[0].id) == [5, 4, 3]
    assert await versions_of(store, second[0].id) == [2, 1]
    assert await versions_of(store, other[0].id) == [5, 4, 3, 2, 1]


async def test_keeps_the_revisions_that_were_in_force_in_the_last_days(store: Mediator, calendar: Calendar) -> None:
    first = await changed(store, 2)
    calendar.move(timedelta(days=10))
    second = await changed(store, 2)
    await store.send(ReplaceRecord(id=first[0].id, payload="new"))
    await store.send(PutCollection(name="people", retention=Retention(days=7)))

    assert (await store.send(CountPurgeable())).purgeable.revisions == {"people": 1}
    assert await store.send(PurgeRevisions(collection="people", limit=9)) == 1

    # Its second version was there until a moment ago.
    assert await versions_of(store, first[0].id) == [3, 2]
    assert await versions_of(store, second[0].id) == [2, 1]


async def test_a_time_of_which_not_everything_is_kept_is_refused_with_the_horizon(store: Mediator) -> None:
    first, second = await changed(store, 3), await changed(store, 1)
    other = await changed(store, 1, "places")
    await store.send(PutCollection(name="people", retention=Retention(revisions=2)))
    await store.send(PurgeRevisions(collection="people", limit=9))
    horizon = first[1].updated_at

    for collection in ("people", None):
        with pytest.raises(HistoryExpired) as refusal:
            await listed(store, horizon - INSTANT, collection)
        assert refusal.value.horizon == horizon.isoformat().replace("+00:00", ".000000Z")
    assert await listed(store, horizon) == [2]
    assert await listed(store, second[0].updated_at) == [3, 1]
    assert await listed(store, horizon - INSTANT, "places") == []
    assert other[0].version == 1
    with pytest.raises(HistoryExpired):
        await store.send(RevertCollection(name="people", as_of=horizon - INSTANT))


async def test_a_record_knows_what_is_kept_of_itself(store: Mediator) -> None:
    first, second = await changed(store, 3), await changed(store, 1)
    await store.send(PutCollection(name="people", retention=Retention(revisions=1)))
    await store.send(PurgeRevisions(collection="people", limit=9))

    with pytest.raises(HistoryExpired) as refusal:
        await store.send(GetRecord(id=first[0].id, as_of=first[1].updated_at))
    assert refusal.value.horizon == first[2].updated_at.isoformat().replace("+00:00", ".000000Z")
    with pytest.raises(HistoryExpired):
        await store.send(GetRecord(id=first[0].id, version=2))
    with pytest.raises(HistoryExpired) as refusal:
        await store.send(RevertRecord(id=first[0].id, version=2))
    assert refusal.value.horizon == first[2].updated_at.isoformat().replace("+00:00", ".000000Z")
    with pytest.raises(RecordNotFound):
        await store.send(GetRecord(id=first[0].id, as_of=first[0].created_at - INSTANT))
    assert (await store.send(GetRecord(id=first[0].id, as_of=first[2].updated_at))).version == 3
    assert (await store.send(GetRecord(id=second[0].id, as_of=second[0].updated_at))).version == 1


async def test_old_tombstones_go_with_all_that_they_were(store: Mediator, calendar: Calendar) -> None:
    old, kept, live = await changed(store, 2), await changed(store, 2), await changed(store, 2)
    await store.send(DeleteRecord(id=old[0].id))
    deleted_at = calendar.now()
    calendar.move(timedelta(days=10))
    await store.send(DeleteRecord(id=kept[0].id))

    assert (await store.send(CountPurgeable(deleted_before=deleted_at))).purgeable.tombstones == 1
    assert await store.send(PurgeTombstones(deleted_before=deleted_at, limit=9)) == 1
    assert await store.send(PurgeTombstones(deleted_before=deleted_at, limit=9)) == 0

    with pytest.raises(RecordNotFound):
        await store.send(GetRecord(id=old[0].id))
    assert await versions_of(store, old[0].id) == []
    assert await versions_of(store, kept[0].id) == [3, 2, 1]
    assert await versions_of(store, live[0].id) == [2, 1]
    with pytest.raises(HistoryExpired):
        await listed(store, live[1].updated_at)
    assert await listed(store, deleted_at) == [2, 2]


async def test_an_id_that_was_purged_may_be_used_again_from_the_first_version(
    store: Mediator, calendar: Calendar
) -> None:
    record = await changed(store, 2)
    await store.send(DeleteRecord(id=record[0].id))
    await store.send(PurgeTombstones(deleted_before=calendar.now(), limit=9))

    again = await store.send(CreateRecord(id=record[0].id, collection="places", payload="new"))

    assert again.version == 1
    assert await versions_of(store, record[0].id) == [1]


async def test_a_collection_of_which_all_is_purged_can_be_deleted_and_its_horizon_stays(
    store: Mediator, calendar: Calendar
) -> None:
    record = await changed(store, 1)
    await store.send(DeleteRecord(id=record[0].id))
    await store.send(PurgeTombstones(deleted_before=calendar.now(), limit=9))

    await store.send(DeleteCollection(name="people"))

    for collection in ("people", None):
        with pytest.raises(HistoryExpired):
            await listed(store, record[0].updated_at, collection)


async def test_a_purge_leaves_deletions_to_who_has_yet_to_get_them(store: Mediator, calendar: Calendar) -> None:
    await store.send(PutConsumer(name="mails", since=Edge.NOW))
    await store.send(PutWebhook(name="off", url="http://localhost/", collection="people", enabled=False))
    ids = [(await store.send(CreateRecord(collection=each, payload=1))).id for each in ("people", "places")]
    for record_id in ids:
        await store.send(DeleteRecord(id=record_id))
    before = calendar.move(timedelta(days=1))
    purge = PurgeTombstones(deleted_before=before, limit=9)

    first, counted = await store.send(purge), await store.send(CountPurgeable(deleted_before=before))
    page = await store.send(ReadChanges(since=(await store.send(GetConsumer(name="mails"))).consumer.position, limit=9))
    await store.send(PutConsumer(name="mails", since=page.position))
    second, still = await store.send(purge), await store.send(CountPurgeable(deleted_before=before))
    await store.send(DeleteWebhook(name="off"))
    third, left = await store.send(purge), await store.send(CountPurgeable(deleted_before=before))

    assert (first, second, third) == (0, 1, 1)
    assert [entry.change.operation for entry in page.entries] == ["create", "create", "delete", "delete"]
    assert (counted.purgeable.tombstones, counted.purgeable.held_tombstones) == (0, 2)
    assert [each.partition(" (")[0] for each in counted.waiting] == ["consumer 'mails'", "disabled webhook 'off'"]
    assert (still.purgeable.held_tombstones, len(still.waiting)) == (1, 1)
    assert left == PurgeableCount(purgeable=Purgeable(tombstones=0, revisions={}), waiting=[])


async def test_a_purge_leaves_revisions_to_who_has_yet_to_get_them(store: Mediator) -> None:
    await store.send(PutCollection(name="people", retention=Retention(revisions=1)))
    await store.send(PutConsumer(name="mails", since=Edge.BEGINNING))
    (record, *_) = await changed(store, 4)
    page = await store.send(ReadChanges(since=Edge.BEGINNING, limit=2))
    purge = PurgeRevisions(collection="people", limit=9)

    first, all_held = await store.send(purge), await store.send(CountPurgeable())
    await store.send(PutConsumer(name="mails", since=page.position))
    second, some_held = await store.send(purge), await store.send(CountPurgeable())
    rest = await store.send(ReadChanges(since=page.position, limit=9))

    assert (first, second) == (0, 2)
    assert (all_held.purgeable.held_revisions, some_held.purgeable.held_revisions) == (3, 1)
    assert [entry.change.version for entry in rest.entries] == [3, 4]
    assert await versions_of(store, record.id) == [4, 3]
