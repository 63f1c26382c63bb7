"""A batch is all or nothing: on the fakes and on PostgreSQL."""

import asyncio
import random
from uuid import UUID, uuid4

import pytest

from datastore_service.application.errors import LocalIdTaken, LocalIdUnknown, OperationRefused, ReferenceMisplaced
from datastore_service.application.json_codec import decode
from datastore_service.application.mediator import Mediator
from datastore_service.application.read.pagination import PageRequest
from datastore_service.application.read.ports.links import LinkCriteria
from datastore_service.application.read.queries.get_record import GetRecord
from datastore_service.application.read.queries.list_links import ListLinks
from datastore_service.application.read.queries.list_records import ListRecords
from datastore_service.application.request_context import IdempotencyKey, RequestContext
from datastore_service.application.views import RecordView
from datastore_service.application.write.commands.apply_batch import ApplyBatch, Change, Operation
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.delete_record import DeleteRecord
from datastore_service.application.write.commands.link_records import LinkRecords
from datastore_service.application.write.commands.patch_record import PatchRecord
from datastore_service.application.write.commands.replace_record import ReplaceRecord
from datastore_service.application.write.commands.unlink_records import UnlinkRecords
from datastore_service.domain.errors import (
    CollectionMismatch,
    DomainError,
    InvalidValue,
    LinkNotFound,
    PreconditionFailed,
    RecordDeleted,
    RecordExists,
    RecordNotFound,
)
from datastore_service.domain.json_value import Json
from datastore_service.domain.preconditions import Precondition
from datastore_service.domain.records.patches import MergePatch
from tests.fixtures import WITH_LOCKING

NOBODY = UUID(int=0)
AT_1 = Precondition(match=frozenset({1}))


pytestmark = pytest.mark.parametrize("store", WITH_LOCKING, indirect=True)


def batch(*changes: Change | Operation) -> ApplyBatch:
    return ApplyBatch(
        operations=[change if isinstance(change, Operation) else Operation(change=change) for change in changes]
    )


async def records(store: Mediator) -> list[RecordView]:
    return list((await store.send(ListRecords(page=PageRequest(limit=2000)))).items)


def value_of(record: RecordView | None) -> Json:
    assert record is not None
    return decode(record.payload.encode())


async def test_applies_its_operations_in_their_order(store: Mediator) -> None:
    old = await store.send(CreateRecord(payload="old", collection="a"))
    new = uuid4()

    applied = await store.send(
        batch(
            CreateRecord(id=new, payload={"n": 1}, collection="b", tags=["t"]),
            PatchRecord(
                id=new, patch=MergePatch({"payload": {"n": 2}}), precondition=Precondition(match=frozenset({1}))
            ),
            ReplaceRecord(id=old.id, payload="newer"),
            DeleteRecord(id=old.id, precondition=Precondition(match=frozenset({2}))),
            ReplaceRecord(id=old.id, payload="newest"),
        )
    )

    assert [(one.id, one.created, one.record and one.record.version) for one in applied] == [
        (new, True, 1),
        (new, False, 2),
        (old.id, False, 2),
        (old.id, False, None),
        (old.id, True, 4),
    ]
    assert {record.id: value_of(record) for record in await records(store)} == {new: {"n": 2}, old.id: "newest"}


REFUSALS: list[tuple[Change, type[DomainError]]] = [
    (CreateRecord(id=UUID(int=1), payload=1), RecordExists),
    (CreateRecord(payload=1, collection="/"), InvalidValue),
    (CreateRecord(payload="\0"), InvalidValue),
    (ReplaceRecord(id=UUID(int=1), payload=1, collection="elsewhere"), CollectionMismatch),
    (ReplaceRecord(id=UUID(int=1), payload=1, precondition=Precondition(match=frozenset({9}))), PreconditionFailed),
    (PatchRecord(id=UUID(int=3), patch=MergePatch({})), RecordNotFound),
    (PatchRecord(id=UUID(int=1), patch=MergePatch({"name": 1})), InvalidValue),
    (DeleteRecord(id=UUID(int=2)), RecordDeleted),
]


@pytest.mark.parametrize(("change", "reason"), REFUSALS, ids=lambda part: getattr(part, "__name__", ""))
async def test_one_that_is_refused_leaves_nothing_behind(
    store: Mediator, change: Change, reason: type[DomainError]
) -> None:
    kept = await store.send(CreateRecord(id=UUID(int=1), payload="as it was", tags=["t"]))
    await store.send(CreateRecord(id=UUID(int=2), payload="gone"))
    await store.send(DeleteRecord(id=UUID(int=2)))

    with pytest.raises(OperationRefused) as refusal:
        await store.send(
            batch(
                CreateRecord(payload="new", collection="new", tags=["new"]),
                PatchRecord(id=kept.id, patch=MergePatch({"tags": ["changed"]})),
                ReplaceRecord(id=kept.id, payload="changed"),
                change,
                CreateRecord(payload="never reached"),
            )
        )

    assert (refusal.value.index, type(refusal.value.cause)) == (3, reason)
    assert [(record.id, record.version, record.tags) for record in await records(store)] == [(kept.id, 1, ("t",))]


@pytest.mark.parametrize(
    ("second", "third", "index", "error"),
    [
        (CreateRecord(id=UUID(int=1), payload=2), CreateRecord(payload=3, tags=[""]), 1, RecordExists),
        (CreateRecord(payload=2, tags=[""]), CreateRecord(id=UUID(int=1), payload=3), 1, InvalidValue),
        (CreateRecord(payload=2), CreateRecord(id=UUID(int=2), payload=3), 2, RecordExists),
    ],
    ids=["taken before invalid", "invalid before taken", "taken by itself"],
)
async def test_of_creations_the_first_that_is_refused_is_told(
    store: Mediator, second: Change, third: Change, index: int, error: type[DomainError]
) -> None:
    await store.send(CreateRecord(id=UUID(int=1), payload="there already"))

    with pytest.raises(OperationRefused) as refusal:
        await store.send(batch(CreateRecord(id=UUID(int=2), payload=1), second, third, CreateRecord(payload=4)))

    assert (refusal.value.index, type(refusal.value.cause)) == (index, error)
    assert [record.id for record in await records(store)] == [UUID(int=1)]


async def test_creates_many_of_different_collections_and_tags(store: Mediator) -> None:
    made = [
        CreateRecord(payload=number, collection=f"c{number % 3}", tags=[f"t{number % 2}", f"u{number % 5}"])
        for number in range(20)
    ]

    # The second time the collections and the tags are there.
    applied = [*await store.send(batch(*made)), *await store.send(batch(*made))]

    assert [one.record for one in applied] == [await store.send(GetRecord(id=one.id)) for one in applied]
    told = [(one.record.collection, one.record.tags, value_of(one.record)) for one in applied if one.record]
    assert told == [(one.collection, tuple(one.tags), one.payload) for one in made] * 2


async def test_later_operations_name_records_that_earlier_ones_make(store: Mediator) -> None:
    applied = await store.send(
        batch(
            Operation(change=CreateRecord(payload={"name": "Ada"}), local_id="ada"),
            Operation(
                change=CreateRecord(payload={"title": "Notes", "by": [None]}, collection="books"),
                references={"/by/0": "ada", "/editor": "ada"},
            ),
            Operation(change=PatchRecord(id=NOBODY, patch=MergePatch({"payload": {"born": 1815}})), local_id="ada"),
            Operation(change=CreateRecord(payload=None), references={"": "ada"}),
        )
    )

    ada = str(applied[0].id)
    assert [value_of(one.record) for one in applied[1:]] == [
        {"title": "Notes", "by": [ada], "editor": ada},
        {"name": "Ada", "born": 1815},
        ada,
    ]


@pytest.mark.parametrize(
    ("operation", "reason"),
    [
        (Operation(change=DeleteRecord(id=NOBODY), local_id="later"), LocalIdUnknown),
        (Operation(change=CreateRecord(payload={}), references={"/a": "later"}), LocalIdUnknown),
        (Operation(change=CreateRecord(payload={}), references={"/a/b": "first"}), ReferenceMisplaced),
        (Operation(change=CreateRecord(payload={}), references={"a": "first"}), ReferenceMisplaced),
        (Operation(change=CreateRecord(payload={}), local_id="first"), LocalIdTaken),
    ],
)
async def test_names_that_lead_nowhere_are_refused(
    store: Mediator, operation: Operation, reason: type[DomainError]
) -> None:
    first = Operation(change=CreateRecord(payload=1), local_id="first")
    later = Operation(change=CreateRecord(payload=1), local_id="later")

    with pytest.raises(OperationRefused) as refusal:
        await store.send(batch(first, operation, later))

    assert (refusal.value.index, type(refusal.value.cause)) == (1, reason)
    assert await records(store) == []


async def test_takes_a_thousand_operations_and_no_more(store: Mediator) -> None:
    applied = await store.send(batch(*(CreateRecord(payload=number) for number in range(1000))))
    with pytest.raises(InvalidValue, match="at most 1000"):
        await store.send(batch(*(CreateRecord(payload=number) for number in range(1001))))

    assert [value_of(one.record) for one in applied] == list(range(1000))
    assert len(await records(store)) == 1000


async def test_an_empty_batch_changes_nothing(store: Mediator) -> None:
    assert await store.send(batch()) == []


async def test_a_batch_that_comes_again_under_its_key_gets_its_first_answer(store: Mediator) -> None:
    taken = await store.send(CreateRecord(payload=0))
    good = batch(Operation(change=CreateRecord(payload=1), local_id="x"), DeleteRecord(id=taken.id))
    bad = batch(CreateRecord(payload=1), CreateRecord(id=taken.id, payload=1))

    first = await store.send(good, RequestContext(idempotency_key=IdempotencyKey("good")))
    again = await store.send(good, RequestContext(idempotency_key=IdempotencyKey("good")))
    refusals: list[OperationRefused] = []
    for _ in range(2):
        with pytest.raises(OperationRefused) as refusal:
            await store.send(bad, RequestContext(idempotency_key=IdempotencyKey("bad")))
        refusals.append(refusal.value)

    assert first == again
    assert [(one.index, type(one.cause), str(one)) for one in refusals] == [
        (1, RecordExists, str(refusals[0])),
        (1, RecordExists, str(refusals[0])),
    ]
    assert len(await records(store)) == 1


async def test_batches_that_touch_the_same_records_do_not_block_each_other_for_good(store: Mediator) -> None:
    ids = [(await store.send(CreateRecord(payload=0))).id for _ in range(10)]
    orders = [random.Random(seed).sample(ids, len(ids)) for seed in range(8)]  # noqa: S311 - no secret

    await asyncio.gather(
        *(
            store.send(batch(*(ReplaceRecord(id=record_id, payload=number) for record_id in order)))
            for number, order in enumerate(orders)
        )
    )

    after = [await store.send(GetRecord(id=record_id)) for record_id in ids]
    assert {record.version for record in after} == {1 + len(orders)}
    assert len({record.payload for record in after}) == 1


async def test_all_changes_of_a_batch_are_of_one_time(store: Mediator) -> None:
    applied = await store.send(ApplyBatch(operations=[Operation(change=CreateRecord(payload=n)) for n in range(3)]))

    assert len({operation.record.updated_at for operation in applied if operation.record}) == 1


async def linked_to(store: Mediator, record_id: UUID) -> list[UUID]:
    criteria = LinkCriteria(direction="out")
    page = await store.send(ListLinks(id=record_id, criteria=criteria, page=PageRequest(limit=100)))
    return [item.record.id for item in page.items]


async def test_links_what_the_same_batch_makes(store: Mediator) -> None:
    old = await store.send(CreateRecord(payload="old"))

    ada, book, author, editor = await store.send(
        batch(
            Operation(change=CreateRecord(payload="Ada"), local_id="ada"),
            Operation(change=CreateRecord(payload="Notes"), local_id="book"),
            Operation(
                change=LinkRecords(source=NOBODY, relation="author", target=NOBODY),
                references={"/source": "book", "/target": "ada"},
            ),
            Operation(
                change=LinkRecords(source=NOBODY, relation="editor", target=old.id), references={"/source": "book"}
            ),
        )
    )

    assert await linked_to(store, book.id) == [ada.id, old.id]
    assert [(each.id, each.record, each.created) for each in (author, editor)] == [(book.id, None, True)] * 2


async def test_takes_links_away_and_then_what_they_led_to(store: Mediator) -> None:
    a, b = [await store.send(CreateRecord(payload=name)) for name in "ab"]
    link, unlink = (kind(source=a.id, relation="to", target=b.id) for kind in (LinkRecords, UnlinkRecords))
    await store.send(link)

    await store.send(batch(unlink, DeleteRecord(id=b.id)))

    assert await linked_to(store, a.id) == []


async def test_says_which_link_is_refused_and_makes_none(store: Mediator) -> None:
    a, b = [await store.send(CreateRecord(payload=name)) for name in "ab"]
    link = LinkRecords(source=a.id, relation="to", target=b.id)
    causes: list[type[DomainError]] = []
    for second in (
        UnlinkRecords(source=b.id, relation="to", target=a.id),
        LinkRecords(source=a.id, relation="to", target=uuid4()),
        LinkRecords(source=a.id, relation="no name", target=b.id),
        Operation(change=link, references={"/target": "nobody"}),
    ):
        with pytest.raises(OperationRefused) as refused:
            await store.send(batch(link, second))
        assert refused.value.index == 1
        causes.append(type(refused.value.cause))

    assert causes == [LinkNotFound, RecordNotFound, InvalidValue, LocalIdUnknown]
    assert await linked_to(store, a.id) == []
