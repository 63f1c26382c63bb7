"""Consumers: on the fakes and on PostgreSQL."""

import asyncio
from functools import partial
from typing import Any

import pytest

from datastore_service.application.errors import ConsumerAhead, ConsumerNotFound, CursorExpired
from datastore_service.application.feed.start_position import Edge
from datastore_service.application.feed.use_cases.delete_consumer import DeleteConsumer
from datastore_service.application.feed.use_cases.get_consumer import GetConsumer
from datastore_service.application.feed.use_cases.list_consumers import ListConsumers
from datastore_service.application.feed.use_cases.patch_consumer import PatchConsumer
from datastore_service.application.feed.use_cases.put_consumer import PutConsumer
from datastore_service.application.feed.use_cases.read_changes import ReadChanges
from datastore_service.application.mediator import Mediator
from datastore_service.application.messages import Message
from datastore_service.application.position import Position, Snapshot
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.domain.errors import InvalidValue, PreconditionFailed
from datastore_service.domain.preconditions import Precondition


async def places(store: Mediator, count: int = 3) -> list[Position]:
    """Makes records, and returns the places behind their changes."""
    for number in range(count):
        await store.send(CreateRecord(payload=number))
    return [entry.position for entry in (await store.send(ReadChanges(limit=count))).entries]


async def test_one_begins_where_it_is_put_and_moves_on(store: Mediator) -> None:
    first, second, _ = await places(store)
    made = await store.send(PutConsumer(name="mails"))
    at_start = await store.send(GetConsumer(name="mails"))
    await store.send(PutConsumer(name="mails", since=first))
    moved = await store.send(PutConsumer(name="mails", since=second))
    at_second = await store.send(GetConsumer(name="mails"))

    assert (made.created, moved.created) == (True, False)
    assert (at_start.lag_changes, at_second.lag_changes) == (3, 1)
    assert at_start.lag_seconds > 0
    assert (at_second.consumer.position, at_second.consumer.created_at) == (second, made.view.consumer.created_at)
    assert at_second.consumer.acknowledged_at > made.view.consumer.acknowledged_at


async def test_one_that_has_dealt_with_everything_has_no_lag(store: Mediator) -> None:
    await places(store)
    await store.send(PutConsumer(name="mails", since=Edge.NOW))

    view = await store.send(GetConsumer(name="mails"))

    assert (view.lag_changes, view.lag_seconds) == (0, 0)


async def test_it_moves_backwards_only_if_that_is_wanted(store: Mediator) -> None:
    first, second, third = await places(store)
    await store.send(PutConsumer(name="mails", since=second))

    with pytest.raises(ConsumerAhead):
        await store.send(PutConsumer(name="mails", since=first))
    again = await store.send(PutConsumer(name="mails", since=second))
    rewound = await store.send(PutConsumer(name="mails", since=first, rewind=True))
    await store.send(PutConsumer(name="mails", since=third))

    assert (again.view.consumer.position, rewound.view.consumer.position) == (second, first)


async def test_late_acknowledgements_take_nothing_back(store: Mediator) -> None:
    ways = await places(store, 8)
    await store.send(PutConsumer(name="mails"))

    sends = [store.send(PutConsumer(name="mails", since=place)) for place in ways]
    await asyncio.gather(*sends, return_exceptions=True)

    assert (await store.send(GetConsumer(name="mails"))).consumer.position == ways[-1]


async def test_it_goes_on_in_a_snapshot(store: Mediator) -> None:
    await places(store)
    page = await store.send(ReadChanges(limit=2, snapshot=True))
    one, two = (entry.position for entry in page.entries)
    rest = await store.send(ReadChanges(since=page.position, limit=5))

    for place in (one, two, rest.position):
        await store.send(PutConsumer(name="copy", since=place))
    with pytest.raises(ConsumerAhead):
        await store.send(PutConsumer(name="copy", since=one))


async def test_they_are_listed_by_name_and_forgotten(store: Mediator) -> None:
    for name in ("b", "a", "B"):
        await store.send(PutConsumer(name=name))
    await store.send(DeleteConsumer(name="b"))

    assert [view.consumer.name for view in await store.send(ListConsumers())] == ["B", "a"]


@pytest.mark.parametrize(
    "message",
    [GetConsumer(name="none"), GetConsumer(name="\0"), DeleteConsumer(name="none"), DeleteConsumer(name="\0")],
)
async def test_one_that_is_not_there_is_not_found(store: Mediator, message: Message[Any]) -> None:
    with pytest.raises(ConsumerNotFound):
        await store.send(message)


async def test_bad_names_and_places_are_refused(store: Mediator) -> None:
    start = (await store.send(ReadChanges(limit=1))).position

    with pytest.raises(InvalidValue):
        await store.send(PutConsumer(name="no name"))
    with pytest.raises(CursorExpired):
        await store.send(PutConsumer(name="a", since=Position(epoch=start.epoch + 1, seen=Snapshot())))


async def test_a_consumer_is_written_only_as_it_is_expected_to_be(store: Mediator) -> None:
    _, later, _ = await places(store)
    put, delete = partial(PutConsumer, name="mails"), partial(DeleteConsumer, name="mails")
    new, old = Precondition(none_match="*"), Precondition(match=frozenset({1}))
    with pytest.raises(PreconditionFailed):
        await store.send(put(precondition=Precondition(match="*")))
    first = (await store.send(put(precondition=new))).view.consumer.version
    for unexpected in (new, old):
        with pytest.raises(PreconditionFailed):
            await store.send(put(precondition=unexpected))
    seen = Precondition(match=frozenset({first}))
    moved = await store.send(put(since=later, precondition=seen))
    for message in (put(precondition=seen), delete(precondition=seen)):
        with pytest.raises(PreconditionFailed) as refusal:
            await store.send(message)
        assert refusal.value.current_version == moved.view.consumer.version != first

    await store.send(delete(precondition=Precondition(match=frozenset({moved.view.consumer.version}))))
    assert await store.send(ListConsumers()) == []


async def test_of_many_who_change_a_consumer_that_they_have_seen_one_does(store: Mediator) -> None:
    _, later, _ = await places(store)
    made = await store.send(PutConsumer(name="mails"))
    seen = Precondition(match=frozenset({made.view.consumer.version}))

    changes = [store.send(PutConsumer(name="mails", since=later, precondition=seen)) for _ in range(8)]
    outcomes = await asyncio.gather(*changes, return_exceptions=True)

    assert sum(isinstance(outcome, PreconditionFailed) for outcome in outcomes) == 7


async def test_a_patch_moves_a_consumer_that_is_there(store: Mediator) -> None:
    first, second, _ = await places(store)
    for name in ("mails", "\ud800"):
        with pytest.raises(ConsumerNotFound):
            await store.send(PatchConsumer(name=name, since=first))
    await store.send(PutConsumer(name="mails", since=first))

    left = await store.send(PatchConsumer(name="mails", rewind=True))
    moved = await store.send(PatchConsumer(name="mails", since=second))
    with pytest.raises(ConsumerAhead):
        await store.send(PatchConsumer(name="mails", since=first))
    with pytest.raises(PreconditionFailed, match="Consumer 'mails'"):
        await store.send(PatchConsumer(name="mails", since=Edge.NOW, precondition=Precondition(match=frozenset({1}))))
    back = await store.send(PatchConsumer(name="mails", since=first, rewind=True))

    assert [view.consumer.position for view in (left, moved, back)] == [first, second, first]
    assert (await store.send(GetConsumer(name="mails"))).consumer == back.consumer
