"""The log of changes, in memory and in PostgreSQL: what its followers may rely on."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import pytest

from datastore_service.application.errors import CursorExpired
from datastore_service.application.feed.change import Change, LogEntry
from datastore_service.application.feed.start_position import Edge, Since
from datastore_service.application.feed.use_cases.follow_changes import FollowChanges
from datastore_service.application.feed.use_cases.read_changes import ReadChanges
from datastore_service.application.mediator import Mediator
from datastore_service.application.position import Position
from datastore_service.application.request_context import Actor, RequestContext
from datastore_service.application.write.commands.apply_batch import ApplyBatch, Operation
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.delete_record import DeleteRecord
from datastore_service.application.write.commands.replace_record import ReplaceRecord
from datastore_service.domain.json_value import Json
from datastore_service.domain.preconditions import Precondition


async def create(store: Mediator, payload: Json = None, collection: str = "default") -> UUID:
    return (await store.send(CreateRecord(payload=payload, collection=collection))).id


async def replace(store: Mediator, record_id: UUID, payload: Json) -> None:
    await store.send(ReplaceRecord(id=record_id, payload=payload, tags=["x"]))


async def delete(store: Mediator, record_id: UUID) -> None:
    await store.send(DeleteRecord(id=record_id, precondition=Precondition()))


def told(entries: Sequence[LogEntry]) -> list[tuple[str, str]]:
    return [(entry.change.operation, entry.change.payload) for entry in entries]


async def read_all(store: Mediator, since: Since, limit: int = 100, **options: object) -> list[Change]:
    """Reads page after page until there is no more, and checks what each page says of itself."""
    found: list[Change] = []
    while True:
        page = await store.send(ReadChanges(since=since, limit=limit, **options))  # type: ignore[arg-type]
        found += [entry.change for entry in page.entries]
        assert len(page.entries) == limit or not page.has_more
        since = Position.parse(str(page.position), "since")
        if not page.has_more:
            return found


async def test_an_empty_log_has_a_place_to_begin_from(store: Mediator) -> None:
    page = await store.send(ReadChanges(limit=10))
    await create(store, 1)

    assert (page.entries, page.has_more) == ([], False)
    assert [change.payload for change in await read_all(store, page.position)] == ["1"]


async def test_each_change_is_told_of_with_what_it_left(store: Mediator) -> None:
    context = RequestContext(actor=Actor(id="ada"), correlation_id="request-1")
    record = await store.send(CreateRecord(payload={"a": 1}, collection="people", tags=["x"]), context)
    await replace(store, record.id, [2])
    await delete(store, record.id)

    first, *others = await read_all(store, Edge.BEGINNING)

    assert (first.record_id, first.collection, first.version, first.operation) == (record.id, "people", 1, "create")
    assert (first.payload.replace(" ", ""), first.tags, first.at) == ('{"a":1}', ("x",), record.updated_at)
    assert (first.actor, first.correlation_id) == ("ada", "request-1")
    assert [(other.version, other.operation, other.payload) for other in others] == [
        (2, "replace", "[2]"),
        (3, "delete", "[2]"),
    ]


@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8])
async def test_pages_have_every_change_once_whatever_their_size(store: Mediator, limit: int) -> None:
    for number in range(7):
        await create(store, number)

    assert [change.payload for change in await read_all(store, Edge.BEGINNING, limit)] == [*"0123456"]


async def test_a_page_may_be_of_one_collection(store: Mediator) -> None:
    for number in range(6):
        await create(store, number, "even" if number % 2 == 0 else "odd")

    assert [change.payload for change in await read_all(store, Edge.BEGINNING, 2, collection="odd")] == [*"135"]
    assert await read_all(store, Edge.BEGINNING, 2, collection="none") == []


async def test_who_begins_now_is_told_of_nothing_before(store: Mediator) -> None:
    await create(store, 1)
    page = await store.send(ReadChanges(since=Edge.NOW, limit=10))
    await create(store, 2)

    assert page.entries == []
    assert [change.payload for change in await read_all(store, page.position)] == ["2"]


async def test_every_cursor_leads_to_what_follows_it(store: Mediator) -> None:
    for number in range(5):
        await create(store, number)
    page = await store.send(ReadChanges(limit=10))

    for index, entry in enumerate(page.entries, 1):
        rest = await read_all(store, entry.position)
        assert [change.payload for change in rest] == [*"01234"][index:]


async def test_a_cursor_of_another_life_of_the_log_is_refused(store: Mediator) -> None:
    page = await store.send(ReadChanges(limit=1))
    foreign = Position(epoch=page.position.epoch + 1, seen=page.position.seen)

    with pytest.raises(CursorExpired):
        await store.send(ReadChanges(since=foreign, limit=1))
    with pytest.raises(CursorExpired):
        await store.send(FollowChanges(since=foreign))


async def test_who_waits_is_told_as_soon_as_there_is_a_change(store: Mediator) -> None:
    start = await store.send(ReadChanges(limit=10))
    waiting = asyncio.create_task(store.send(ReadChanges(since=start.position, limit=10, wait=30, collection="mine")))
    await asyncio.sleep(0.05)
    await create(store, 1, "other")
    await asyncio.sleep(0.05)
    assert not waiting.done()
    await create(store, 2, "mine")

    page = await waiting

    assert told(page.entries) == [("create", "2")]
    assert await read_all(store, page.position) == []


async def test_who_waits_in_vain_gets_an_empty_page(store: Mediator) -> None:
    page = await store.send(ReadChanges(limit=10, wait=0.05))

    assert page.entries == []


@pytest.mark.parametrize("limit", [1, 2, 3, 100])
async def test_a_snapshot_is_followed_by_the_changes_after_it(store: Mediator, limit: int) -> None:
    kept, changed, gone, later = [await create(store, number, "mine") for number in range(4)]
    await create(store, 9, "other")
    await delete(store, gone)

    first = await store.send(ReadChanges(limit=limit, snapshot=True, collection="mine"))
    await replace(store, changed, 11)
    await delete(store, later)
    created = await create(store, 14, "mine")
    rest = await read_all(store, first.position, limit, collection="mine")

    changes = [entry.change for entry in first.entries] + rest
    assert [(change.record_id, change.operation, change.payload) for change in changes] == [
        (kept, "snapshot", "0"),
        (changed, "snapshot", "1"),
        (later, "snapshot", "3"),
        (changed, "replace", "11"),
        (later, "delete", "3"),
        (created, "create", "14"),
    ]


async def test_a_follower_is_told_of_what_happens_from_its_place_on(store: Mediator) -> None:
    await create(store, 1)
    start = await store.send(ReadChanges(limit=10))
    await create(store, 2)

    with await store.send(FollowChanges(since=start.position)) as follower:
        behind = await follower.next(10, 5)
        waiting = asyncio.create_task(follower.next(10, 5))
        await asyncio.sleep(0.05)
        await create(store, 3)
        live = await waiting
        nothing = await follower.next(10, 0.05)

    assert [told(behind), told(live), nothing] == [[("create", "2")], [("create", "3")], []]
    assert await read_all(store, follower.position) == []


async def test_a_follower_who_begins_now_is_told_of_nothing_before(store: Mediator) -> None:
    await create(store, 1)

    with await store.send(FollowChanges()) as follower:
        await create(store, 2)
        assert told(await follower.next(10, 5)) == [("create", "2")]


async def test_followers_take_as_many_changes_as_they_want(store: Mediator) -> None:
    with await store.send(FollowChanges(collection="mine")) as follower:
        await follower.next(1, 0.05)
        for number in range(6):
            await create(store, number, "mine" if number != 3 else "other")
        await asyncio.sleep(0.1)
        taken = [told(await follower.next(2, 5)) for _ in range(3)]

    assert [[payload for _, payload in part] for part in taken] == [["0", "1"], ["2", "4"], ["5"]]


@pytest.mark.parametrize("is_live", [False, True])
async def test_followers_are_given_little_at_once_where_changes_are_large(store: Mediator, *, is_live: bool) -> None:
    start = await store.send(ReadChanges(limit=10))
    with await store.send(FollowChanges(since=start.position)) as follower:
        if is_live:
            await follower.next(1, 0.05)
        for number in range(20):
            await create(store, f"{number:<300000}")
        await asyncio.sleep(0.1)
        parts = [await follower.next(100, 5)]
        while sum(map(len, parts)) < 20:
            parts.append(await follower.next(100, 5))

    assert [int(entry.change.payload.strip('"')) for part in parts for entry in part] == list(range(20))
    assert all(len(part) == 1 for part in parts[1:])


async def test_a_page_that_was_waited_for_tells_whether_there_is_more(store: Mediator) -> None:
    start = await store.send(ReadChanges(limit=10))
    waiting = [
        asyncio.create_task(store.send(ReadChanges(since=start.position, limit=limit, wait=30))) for limit in (1, 9)
    ]
    await asyncio.sleep(0.05)
    await store.send(ApplyBatch(operations=[Operation(change=CreateRecord(payload=number)) for number in range(3)]))
    short, long = [await page for page in waiting]

    assert [(len(page.entries), page.has_more) for page in (short, long)] == [(1, True), (3, False)]


@pytest.fixture(params=["mediator", "sql_mediator", "locking_mediator"])
def each_path(request: pytest.FixtureRequest) -> Mediator:
    return request.getfixturevalue(request.param)


async def test_changes_of_a_batch_are_in_the_order_of_its_operations(each_path: Mediator) -> None:
    store = each_path
    one, other = [await create(store) for _ in range(2)]
    batch = [
        *(ReplaceRecord(id=other, payload=number) for number in (1, 2)),
        CreateRecord(payload=3),
        ReplaceRecord(id=one, payload=4),
        CreateRecord(payload=5),
        ReplaceRecord(id=other, payload=6),
    ]

    await store.send(ApplyBatch(operations=[Operation(change=change) for change in batch]))

    changes = (await read_all(store, Edge.BEGINNING))[2:]
    assert [(change.payload, change.version) for change in changes] == [
        ("1", 2), ("2", 3), ("3", 1), ("4", 2), ("5", 1), ("6", 4),
    ]  # fmt: skip
