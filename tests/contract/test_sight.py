"""Queries that see some collections only: on the fakes and on PostgreSQL."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest

from datastore_service.application.feed.use_cases.follow_changes import FollowChanges
from datastore_service.application.mediator import Mediator
from datastore_service.application.read.criteria.aggregates import AggregateCriteria, Function, Measure
from datastore_service.application.read.criteria.record_criteria import RecordCriteria
from datastore_service.application.read.pagination import PageRequest
from datastore_service.application.read.ports.links import LinkCriteria
from datastore_service.application.read.queries.aggregate_records import AggregateRecords
from datastore_service.application.read.queries.count_links import CountLinks
from datastore_service.application.read.queries.count_records import CountRecords
from datastore_service.application.read.queries.follow_links import FollowLinks
from datastore_service.application.read.queries.get_record import GetRecord
from datastore_service.application.read.queries.get_records import GetRecords
from datastore_service.application.read.queries.list_links import ListLinks
from datastore_service.application.read.queries.list_records import ListRecords
from datastore_service.application.read.queries.list_revisions import ListRevisions
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.delete_record import DeleteRecord
from datastore_service.application.write.commands.link_records import LinkRecords
from datastore_service.domain.errors import RecordDeleted, RecordNotFound

SEEN = frozenset({"a", "b"})
NOTHING = frozenset[str]()
PAGE = PageRequest(limit=10)


async def made(store: Mediator, *collections: str) -> list[UUID]:
    return [(await store.send(CreateRecord(collection=name, payload=name))).id for name in collections]


async def test_lists_are_of_what_is_seen(store: Mediator) -> None:
    a, b, _ = await made(store, "a", "b", "c")
    seen, named, nothing = (
        RecordCriteria(within=SEEN),
        RecordCriteria(within=SEEN, collection="c"),
        RecordCriteria(within=NOTHING),
    )

    page = await store.send(ListRecords(criteria=seen, page=PAGE))
    counts = [await store.send(CountRecords(criteria=criteria)) for criteria in (seen, named, nothing)]
    groups = await store.send(
        AggregateRecords(asked=AggregateCriteria(records=seen, measures={"n": Measure(Function.COUNT)}, limit=9))
    )

    assert [record.id for record in page.items] == [a, b]
    assert counts == [2, 0, 0]
    assert [group.measures["n"] for group in groups.groups] == ["2"]


async def test_the_past_of_a_list_is_of_what_is_seen(store: Mediator) -> None:
    a, c = await made(store, "a", "c")
    then = (await store.send(GetRecord(id=c))).updated_at

    page = await store.send(ListRecords(criteria=RecordCriteria(within=SEEN, as_of=then), page=PAGE))

    assert [record.id for record in page.items] == [a]


async def test_what_is_not_seen_is_not_found(store: Mediator) -> None:
    a, c, gone = await made(store, "a", "c", "c")
    await store.send(DeleteRecord(id=gone))

    for query in (
        GetRecord(id=c, within=SEEN),
        GetRecord(id=c, version=1, within=SEEN),
        GetRecord(id=c, version=7, within=SEEN),
        GetRecord(id=gone, within=SEEN),
        GetRecord(id=a, within=NOTHING),
        GetRecord(id=uuid4(), within=SEEN),
    ):
        with pytest.raises(RecordNotFound):
            await store.send(query)
    with pytest.raises(RecordDeleted):
        await store.send(GetRecord(id=gone, within=frozenset({"c"})))
    assert (await store.send(GetRecord(id=a, within=SEEN))).id == a


async def test_of_many_those_are_found_that_are_seen(store: Mediator) -> None:
    a, c = await made(store, "a", "c")

    records = await store.send(GetRecords(ids=[c, a, uuid4()], within=SEEN))
    histories = await store.send(ListRevisions(ids=[c, a], limit=5, within=SEEN))

    assert [record and record.id for record in records] == [None, a, None]
    assert [history and [revision.version for revision in history.items] for history in histories] == [None, [1]]


async def test_links_are_those_to_what_is_seen(store: Mediator) -> None:
    a, b, c = await made(store, "a", "b", "c")
    for source, target in ((a, b), (a, c), (b, a), (c, a), (c, b)):
        await store.send(LinkRecords(source=source, relation="r", target=target))

    for direction in ("out", "in"):
        criteria = LinkCriteria(direction=direction, within=SEEN)
        listed = await store.send(ListLinks(id=a, criteria=criteria, page=PageRequest(limit=1)))
        followed = await store.send(FollowLinks(ids=[a, b], criteria=criteria, page=PAGE))
        counted = await store.send(CountLinks(ids=[a, b, c], criteria=criteria))

        assert [link.record.id for link in listed.items] == [b]
        assert not listed.has_next
        assert {key: [link.record.id for link in page.items] for key, page in followed.items()} == {a: [b], b: [a]}
        assert (counted[a], counted[b]) == (1, 1)
        with pytest.raises(RecordNotFound):
            await store.send(ListLinks(id=c, criteria=criteria, page=PAGE))


async def test_what_is_followed_until_a_time_ends_then(store: Mediator) -> None:
    long_ago = datetime(2020, 1, 1, tzinfo=UTC)
    with await store.send(FollowChanges(until=long_ago)) as over, await store.send(FollowChanges()) as going_on:
        assert (over.ended, over.expired, await over.next(1, 60)) == (True, True, ())
        assert (going_on.ended, going_on.expired) == (False, False)
