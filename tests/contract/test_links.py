"""Links: on the fakes and on PostgreSQL."""

import asyncio
import random
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest

from datastore_service.application.errors import OperationRefused
from datastore_service.application.limits import Limits
from datastore_service.application.mediator import Mediator
from datastore_service.application.read.pagination import Cursor, Page, PageRequest
from datastore_service.application.read.ports.links import Direction, LinkCriteria
from datastore_service.application.read.queries.count_links import CountLinks
from datastore_service.application.read.queries.follow_links import FollowLinks
from datastore_service.application.read.queries.get_record import GetRecord
from datastore_service.application.read.queries.list_links import ListLinks
from datastore_service.application.request_context import IdempotencyKey, RequestContext
from datastore_service.application.views import LinkedRecord
from datastore_service.application.write.commands.apply_batch import ApplyBatch, Operation
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.delete_record import DeleteRecord
from datastore_service.application.write.commands.link_records import LinkRecords
from datastore_service.application.write.commands.replace_record import ReplaceRecord
from datastore_service.application.write.commands.unlink_records import UnlinkRecords
from datastore_service.domain.errors import (
    DomainError,
    InvalidValue,
    LinkNotFound,
    RecordDeleted,
    RecordLinked,
    RecordNotFound,
)
from datastore_service.domain.links.link import OnDelete
from tests.fixtures import MakeStore

type Stores = Callable[[OnDelete], Mediator]


@pytest.fixture
def stores(make_store: MakeStore) -> Stores:
    """Makes the application with what becomes of links when a record is deleted."""
    return lambda on_delete: make_store(limits=Limits(on_delete=on_delete))


@pytest.fixture
def store(stores: Stores) -> Mediator:
    return stores("restrict")


async def a_record(store: Mediator, payload: str = "") -> UUID:
    return (await store.send(CreateRecord(payload=payload))).id


async def some_records(store: Mediator, number: int) -> list[UUID]:
    return [await a_record(store, str(index)) for index in range(number)]


async def page_of(
    store: Mediator,
    record: UUID,
    direction: Direction = "out",
    relation: str | None = None,
    **page: object,
) -> Page[LinkedRecord]:
    request = PageRequest(**({"limit": 100} | page))  # pyright: ignore[reportArgumentType] - the tests' own arguments
    criteria = LinkCriteria(direction=direction, relation=relation)
    return await store.send(ListLinks(id=record, criteria=criteria, page=request))


async def others(
    store: Mediator, record: UUID, direction: Direction = "out", relation: str | None = None
) -> list[UUID]:
    return [item.record.id for item in (await page_of(store, record, direction, relation)).items]


async def test_a_link_is_found_from_both_ends(store: Mediator) -> None:
    book, author = await some_records(store, 2)

    linked = await store.send(LinkRecords(source=book, relation="author", target=author))

    assert linked.created
    assert (linked.link.source, linked.link.relation, linked.link.target) == (book, "author", author)
    seen: list[tuple[UUID, Direction, UUID]] = [(book, "out", author), (author, "in", book)]
    for record, direction, other in seen:
        (item,) = (await page_of(store, record, direction)).items
        assert item.link == linked.link
        assert item.record == await store.send(GetRecord(id=other))
    assert await others(store, book, "in") == await others(store, author, "out") == []


async def test_linking_again_leaves_the_link_as_it_is(store: Mediator) -> None:
    book, author = await some_records(store, 2)
    first = await store.send(LinkRecords(source=book, relation="author", target=author))

    again = await store.send(LinkRecords(source=book, relation="author", target=author))

    assert not again.created
    assert again.link == first.link
    assert await others(store, book) == [author]


async def test_links_leave_the_versions_of_their_records_alone(store: Mediator) -> None:
    book, author = await some_records(store, 2)

    await store.send(LinkRecords(source=book, relation="author", target=author))
    await store.send(UnlinkRecords(source=book, relation="author", target=author))

    assert [(await store.send(GetRecord(id=record))).version for record in (book, author)] == [1, 1]


async def test_the_same_request_gets_the_same_answer(store: Mediator) -> None:
    book, author = await some_records(store, 2)
    context = RequestContext(idempotency_key=IdempotencyKey(key="k"))

    first = await store.send(LinkRecords(source=book, relation="author", target=author), context)
    again = await store.send(
        LinkRecords(source=book, relation="author", target=author),
        RequestContext(idempotency_key=IdempotencyKey(key="k")),
    )

    assert again == first
    assert again.created


async def test_a_link_can_be_taken_away(store: Mediator) -> None:
    book, author = await some_records(store, 2)
    await store.send(LinkRecords(source=book, relation="author", target=author))
    await store.send(LinkRecords(source=book, relation="editor", target=author))

    await store.send(UnlinkRecords(source=book, relation="author", target=author))

    assert [item.link.relation for item in (await page_of(store, book)).items] == ["editor"]
    for relation in ("author", "no name", "unknown"):
        with pytest.raises(LinkNotFound):
            await store.send(UnlinkRecords(source=book, relation=relation, target=author))


async def test_both_ends_have_to_be_records(store: Mediator) -> None:
    book, gone = await some_records(store, 2)
    await store.send(DeleteRecord(id=gone))
    never = uuid4()

    for source, target in ((book, never), (never, book)):
        with pytest.raises(RecordNotFound) as missing:
            await store.send(LinkRecords(source=source, relation="author", target=target))
        assert missing.value.record_id == str(never)
    for source, target in ((book, gone), (gone, book)):
        with pytest.raises(RecordDeleted) as deleted:
            await store.send(LinkRecords(source=source, relation="author", target=target))
        assert deleted.value.record_id == str(gone)


@pytest.mark.parametrize("relation", ["", " ", "written by", "/", ".a", "a" * 129, "é", "a\n", "\x00"])
async def test_a_relation_has_a_name_that_is_safe_in_an_address(store: Mediator, relation: str) -> None:
    book, author = await some_records(store, 2)

    for attempt in (
        LinkRecords(source=book, relation=relation, target=author),
        ListLinks(id=book, criteria=LinkCriteria(direction="out", relation=relation), page=PageRequest(limit=1)),
        FollowLinks(ids=[book], criteria=LinkCriteria(direction="out", relation=relation), page=PageRequest(limit=1)),
        CountLinks(ids=[book], criteria=LinkCriteria(direction="out", relation=relation)),
    ):
        with pytest.raises(InvalidValue) as refused:
            await store.send(attempt)
        assert refused.value.pointer == "/relation"


async def test_a_record_may_be_linked_to_itself(store: Mediator) -> None:
    record = await a_record(store)
    await store.send(LinkRecords(source=record, relation="same", target=record))

    assert await others(store, record) == await others(store, record, "in") == [record]

    await store.send(DeleteRecord(id=record))


async def test_links_of_what_is_no_record_cannot_be_listed(store: Mediator) -> None:
    gone = await a_record(store)
    await store.send(DeleteRecord(id=gone))

    with pytest.raises(RecordDeleted):
        await page_of(store, gone)
    with pytest.raises(RecordNotFound):
        await page_of(store, uuid4())


async def test_pages_are_in_the_order_in_which_the_links_were_made(store: Mediator) -> None:
    hub, *spokes = await some_records(store, 6)
    made = [
        (await store.send(LinkRecords(source=hub, relation=relation, target=spoke))).link
        for spoke, relation in zip(reversed(spokes), "ababa", strict=True)
    ]
    cursors = [Cursor(link.id) for link in made]

    async def seen(**page: object) -> tuple[list[UUID], bool, bool]:
        found = await page_of(store, hub, **page)  # pyright: ignore[reportArgumentType] - the tests' own arguments
        return [item.id for item in found.items], found.has_previous, found.has_next

    ids = [link.id for link in made]
    assert await seen(limit=2) == (ids[:2], False, True)
    assert await seen(limit=2, after=cursors[1]) == (ids[2:4], True, True)
    assert await seen(limit=2, after=cursors[3]) == (ids[4:], True, False)
    assert await seen(limit=2, backwards=True) == (ids[3:], True, False)
    assert await seen(limit=2, backwards=True, before=cursors[2]) == (ids[:2], False, True)
    assert await seen(limit=9, after=cursors[0], before=cursors[4], look_behind=True) == (ids[1:4], True, False)
    assert await seen(limit=9, relation="a") == ([ids[0], ids[2], ids[4]], False, False)
    assert await seen(limit=9, relation="b", after=cursors[0], look_behind=True) == ([ids[1], ids[3]], False, False)


async def test_the_pages_of_many_records_are_those_of_each(store: Mediator) -> None:
    records = await some_records(store, 5)
    made = random.Random(5)  # noqa: S311 - nothing secret
    for _ in range(30):
        source, target = made.choices(records, k=2)
        await store.send(LinkRecords(source=source, relation=made.choice("ab"), target=target))
    asked = [*records, uuid4()]

    for direction in ("out", "in"):
        for relation in (None, "a"):
            criteria = LinkCriteria(direction=direction, relation=relation)
            request = PageRequest(limit=3, look_behind=True, backwards=direction == "in")
            found = await store.send(FollowLinks(ids=asked, criteria=criteria, page=request))
            counts = await store.send(CountLinks(ids=asked, criteria=criteria))

            assert found.keys() == counts.keys() == set(asked)
            assert found[asked[-1]].items == []
            for record in records:
                assert found[record] == await store.send(ListLinks(id=record, criteria=criteria, page=request))
                assert counts[record] == len(await others(store, record, direction, relation))


async def test_a_record_that_others_link_to_is_kept(store: Mediator) -> None:
    book, author = await some_records(store, 2)
    await store.send(LinkRecords(source=book, relation="author", target=author))

    with pytest.raises(RecordLinked) as refused:
        await store.send(DeleteRecord(id=author))

    assert str(book) in refused.value.detail
    assert await others(store, book) == [author]
    await store.send(DeleteRecord(id=book))
    await store.send(DeleteRecord(id=author))


async def test_a_record_that_others_link_to_may_go_with_its_links(stores: Stores) -> None:
    store = stores("detach")
    book, author, publisher = await some_records(store, 3)
    await store.send(LinkRecords(source=book, relation="author", target=author))
    await store.send(LinkRecords(source=author, relation="publisher", target=publisher))
    await store.send(LinkRecords(source=book, relation="publisher", target=publisher))

    await store.send(DeleteRecord(id=author))

    assert await others(store, book) == [publisher]
    assert await others(store, publisher, "in") == [book]


async def test_a_record_that_comes_back_has_no_links(stores: Stores) -> None:
    store = stores("detach")
    book, author = await some_records(store, 2)
    await store.send(LinkRecords(source=book, relation="author", target=author))
    await store.send(DeleteRecord(id=author))

    await store.send(ReplaceRecord(id=author, payload="again"))

    assert await others(store, book) == await others(store, author, "in") == []


@pytest.mark.parametrize("on_delete", ["restrict", "detach"])
async def test_no_link_ever_leads_to_a_tombstone(stores: Stores, on_delete: OnDelete) -> None:
    store = stores(on_delete)

    async def refusal(command: LinkRecords | DeleteRecord) -> type[DomainError] | None:
        try:
            await store.send(command)
        except DomainError as error:
            return type(error)
        return None

    for _ in range(10):
        a, b = await some_records(store, 2)
        race = [
            LinkRecords(source=a, relation="to", target=b),
            DeleteRecord(id=b),
            LinkRecords(source=b, relation="to", target=a),
            DeleteRecord(id=a),
        ]
        random.shuffle(race)

        refusals = await asyncio.gather(*(refusal(command) for command in race))

        assert set(refusals) <= {None, RecordDeleted, RecordLinked}
        gone = {
            command.id
            for command, refused in zip(race, refusals, strict=True)
            if isinstance(command, DeleteRecord) and refused is None
        }
        for record in {a, b}:
            for direction in ("out", "in"):
                criteria = LinkCriteria(direction=direction)
                (links,) = (
                    await store.send(FollowLinks(ids=[record], criteria=criteria, page=PageRequest(limit=9)))
                ).values()
                assert not [link for link in links.items if {link.link.source, link.link.target} & gone]


async def test_records_that_are_linked_to_each_other_can_be_deleted_at_once(stores: Stores) -> None:
    store = stores("detach")
    for _ in range(5):
        records = await some_records(store, 6)
        for source in records:
            for target in records:
                await store.send(LinkRecords(source=source, relation="to", target=target))

        await asyncio.gather(*(store.send(DeleteRecord(id=record)) for record in records))


async def test_batches_that_end_the_same_links_in_opposite_orders_do_not_wait_for_each_other(stores: Stores) -> None:
    store = stores("detach")
    for _ in range(5):
        sources, targets = await some_records(store, 6), await some_records(store, 6)
        for source, target in zip(sources, targets, strict=True):
            await store.send(LinkRecords(source=source, relation="to", target=target))
        unlinked = [UnlinkRecords(source=a, relation="to", target=b) for a, b in zip(sources, targets, strict=True)]

        outcomes = await asyncio.gather(
            store.send(ApplyBatch(operations=[Operation(change=DeleteRecord(id=each)) for each in sources])),
            store.send(ApplyBatch(operations=[Operation(change=DeleteRecord(id=each)) for each in targets[::-1]])),
            store.send(ApplyBatch(operations=[Operation(change=each) for each in unlinked[::2] + unlinked[1::2]])),
            return_exceptions=True,
        )

        # The links may be gone already.
        assert {type(outcome) for outcome in outcomes} <= {list, OperationRefused}
        for record in sources + targets:
            with pytest.raises(RecordDeleted):
                await store.send(GetRecord(id=record))


async def test_twenty_who_link_the_same_make_one_link(store: Mediator) -> None:
    a, b = await some_records(store, 2)
    link = LinkRecords(source=a, relation="to", target=b)

    linked = await asyncio.gather(*(store.send(link) for _ in range(20)))

    assert sum(each.created for each in linked) == 1
    assert len({each.link.id for each in linked}) == 1
