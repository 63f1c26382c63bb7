"""What any store of records does, be it the fakes' or PostgreSQL's: one suite, run on both."""

import asyncio
import json
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from datastore_service.api.http.json_texts import written
from datastore_service.api.routes.bodies.responses import record_members
from datastore_service.application.json_codec import decode
from datastore_service.application.mediator import Mediator
from datastore_service.application.read.criteria.orders import read_order_key
from datastore_service.application.read.criteria.record_criteria import EVERYTHING, RecordCriteria
from datastore_service.application.read.pagination import Cursor, PageRequest
from datastore_service.application.read.queries.check_readiness import CheckReadiness
from datastore_service.application.read.queries.count_records import CountRecords
from datastore_service.application.read.queries.get_record import GetRecord
from datastore_service.application.read.queries.get_records import GetRecords
from datastore_service.application.read.queries.list_records import ListRecords
from datastore_service.application.read.queries.list_records_as_json import ListRecordsAsJson
from datastore_service.application.views import RecordView
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.delete_record import DeleteRecord
from datastore_service.application.write.commands.patch_record import PatchRecord
from datastore_service.application.write.commands.replace_record import ReplaceRecord
from datastore_service.domain.errors import (
    CollectionMismatch,
    DomainError,
    PreconditionFailed,
    RecordDeleted,
    RecordExists,
    RecordNotFound,
)
from datastore_service.domain.json_value import Json
from datastore_service.domain.preconditions import Precondition
from datastore_service.domain.records.patches import MergePatch
from tests.fixtures import WITH_LOCKING

pytestmark = pytest.mark.parametrize("store", WITH_LOCKING, indirect=True)


def at_version(*versions: int) -> Precondition:
    return Precondition(match=frozenset(versions))


def value_of(record: RecordView) -> Json:
    return decode(record.payload.encode())


async def ids_of(store: Mediator, request: PageRequest, collection: str | None = None) -> list[UUID]:
    page = await store.send(ListRecords(criteria=RecordCriteria(collection=collection), page=request))
    return [record.id for record in page.items]


async def test_reads_what_was_created(store: Mediator) -> None:
    created = await store.send(CreateRecord(collection="people", payload={"name": "Ada"}, tags=["b", "a", "b"]))

    read = await store.send(GetRecord(id=created.id))

    assert (read.collection, read.version, value_of(read), read.tags) == ("people", 1, {"name": "Ada"}, ("a", "b"))
    assert read.created_at == read.updated_at == created.created_at


PAYLOADS: list[Json] = [
    None,
    True,
    "",
    "naïve ☃ 𝄞",
    [],
    {},
    {"": {"__proto__": [None, {"a": []}]}},
    0,
    2**63,
    -(2**70),
    10**400,
    0.1,
    1e-7,
    5e-324,
    Decimal("0.12345678901234567890123456789"),
    Decimal("1e400"),
    [1 for _ in range(1000)],
    "x" * 1_000_000,
]


@pytest.mark.parametrize("payload", PAYLOADS, ids=lambda payload: str(payload)[:20])
async def test_gives_back_each_json_value_as_it_was(store: Mediator, payload: Json) -> None:
    created = await store.send(CreateRecord(payload=payload))

    read = await store.send(GetRecord(id=created.id))

    assert json.loads(read.payload, parse_float=Decimal) == json.loads(created.payload, parse_float=Decimal)
    assert value_of(read) == payload


async def test_refuses_an_id_that_is_taken(store: Mediator) -> None:
    first = await store.send(CreateRecord(payload=1))

    with pytest.raises(RecordExists):
        await store.send(CreateRecord(id=first.id, payload=2))

    assert value_of(await store.send(GetRecord(id=first.id))) == 1


async def test_refuses_the_id_of_a_deleted_record(store: Mediator) -> None:
    first = await store.send(CreateRecord(payload=1))
    await store.send(DeleteRecord(id=first.id))

    with pytest.raises(RecordExists):
        await store.send(CreateRecord(id=first.id, payload=2))


async def test_tells_a_deleted_record_from_one_that_never_was(store: Mediator) -> None:
    record = await store.send(CreateRecord(payload=1))
    await store.send(DeleteRecord(id=record.id))

    with pytest.raises(RecordDeleted):
        await store.send(GetRecord(id=record.id))
    with pytest.raises(RecordNotFound):
        await store.send(GetRecord(id=uuid4()))


@pytest.mark.parametrize("command", [PatchRecord(id=UUID(int=9), patch=MergePatch({})), DeleteRecord(id=UUID(int=9))])
async def test_changes_no_record_that_never_was(store: Mediator, command: PatchRecord | DeleteRecord) -> None:
    with pytest.raises(RecordNotFound):
        await store.send(command)


async def test_changes_no_deleted_record(store: Mediator) -> None:
    record = await store.send(CreateRecord(payload=1))
    await store.send(DeleteRecord(id=record.id))

    with pytest.raises(RecordDeleted):
        await store.send(PatchRecord(id=record.id, patch=MergePatch({})))
    with pytest.raises(RecordDeleted):
        await store.send(DeleteRecord(id=record.id))


async def test_replaces_the_payload_and_the_tags(store: Mediator) -> None:
    record = await store.send(CreateRecord(payload=1, tags=["old"]))

    replaced = await store.send(ReplaceRecord(id=record.id, payload=2, tags=["new"]))

    read = await store.send(GetRecord(id=record.id))
    assert not replaced.created
    assert (read.version, value_of(read), read.tags) == (2, 2, ("new",))
    assert read.created_at == record.created_at < read.updated_at


async def test_replacing_creates_what_is_not_there(store: Mediator) -> None:
    record_id = uuid4()

    replaced = await store.send(ReplaceRecord(id=record_id, collection="people", payload=1))

    read = await store.send(GetRecord(id=record_id))
    assert replaced.created
    assert (read.version, read.collection) == (1, "people")


async def test_replacing_a_deleted_record_goes_on_counting_versions(store: Mediator) -> None:
    record = await store.send(CreateRecord(payload=1))
    await store.send(DeleteRecord(id=record.id))

    replaced = await store.send(ReplaceRecord(id=record.id, payload=2))

    assert replaced.created
    assert (await store.send(GetRecord(id=record.id))).version == 3


async def test_keeps_a_record_in_its_collection(store: Mediator) -> None:
    record = await store.send(CreateRecord(collection="people", payload=1))

    with pytest.raises(CollectionMismatch):
        await store.send(ReplaceRecord(id=record.id, collection="places", payload=2))


async def test_merges_a_patch(store: Mediator) -> None:
    record = await store.send(CreateRecord(payload={"a": 1, "b": {"c": 2, "d": 3}}, tags=["kept"]))

    await store.send(PatchRecord(id=record.id, patch=MergePatch({"payload": {"a": None, "b": {"c": 4}}})))

    read = await store.send(GetRecord(id=record.id))
    assert (read.version, value_of(read), read.tags) == (2, {"b": {"c": 4, "d": 3}}, ("kept",))


@pytest.mark.parametrize("stale", [at_version(2), at_version(), Precondition(none_match="*")])
async def test_refuses_what_rests_on_another_state(store: Mediator, stale: Precondition) -> None:
    record = await store.send(CreateRecord(payload=1))

    for command in (
        ReplaceRecord(id=record.id, payload=2, precondition=stale),
        PatchRecord(id=record.id, patch=MergePatch({"payload": 2}), precondition=stale),
        DeleteRecord(id=record.id, precondition=stale),
    ):
        with pytest.raises(PreconditionFailed) as refusal:
            await store.send(command)
        assert refusal.value.current_version == 1

    assert (await store.send(GetRecord(id=record.id))).version == 1


@pytest.mark.parametrize("expected", [at_version(1), Precondition(match="*")])
async def test_replaces_nothing_where_something_is_expected(store: Mediator, expected: Precondition) -> None:
    with pytest.raises(PreconditionFailed) as refusal:
        await store.send(ReplaceRecord(id=uuid4(), payload=1, precondition=expected))

    assert refusal.value.current_version is None


async def test_lists_page_by_page_in_both_directions(store: Mediator) -> None:
    ids = sorted([(await store.send(CreateRecord(payload=n))).id for n in range(5)])

    forwards = await store.send(ListRecords(page=PageRequest(limit=2)))
    second = await store.send(ListRecords(page=PageRequest(limit=2, after=Cursor(ids[1]))))
    last = await store.send(ListRecords(page=PageRequest(limit=2, after=Cursor(ids[3]))))
    backwards = await store.send(ListRecords(page=PageRequest(limit=2, before=Cursor(ids[3]), backwards=True)))

    assert ([r.id for r in forwards.items], forwards.has_next, forwards.has_previous) == (ids[:2], True, False)
    assert ([r.id for r in second.items], second.has_next, second.has_previous) == (ids[2:4], True, True)
    assert ([r.id for r in last.items], last.has_next, last.has_previous) == (ids[4:], False, True)
    assert ([r.id for r in backwards.items], backwards.has_next, backwards.has_previous) == (ids[1:3], True, True)


async def test_lists_the_same_records_as_text(store: Mediator) -> None:
    payloads: list[Json] = [{"%s": ['%"\\\n', Decimal("1.50"), None]}, "%1$s", 10**30, [], None]
    made = [await store.send(CreateRecord(payload=payload, tags=["%", 'a"b'])) for payload in payloads]
    await store.send(ReplaceRecord(id=made[0].id, payload=True))
    await store.send(DeleteRecord(id=made[1].id))
    backwards = PageRequest(limit=2, before=Cursor(made[4].id), backwards=True)
    between = sorted((Cursor(made[0].id), Cursor(made[4].id)), key=lambda place: place.record_id)

    for criteria, request in [
        (EVERYTHING, PageRequest(limit=2)),
        (EVERYTHING, backwards),
        (RecordCriteria(collection=made[0].collection), PageRequest(limit=1, after=between[0], before=between[1])),
        (RecordCriteria(collection="nobody"), PageRequest(limit=2)),
        (RecordCriteria(include_deleted=True), PageRequest(limit=9)),
        (RecordCriteria(as_of=made[4].created_at), PageRequest(limit=9)),
        (RecordCriteria(order=(read_order_key("-payload.none", ""),)), PageRequest(limit=3)),
    ]:
        listed = await store.send(ListRecords(criteria=criteria, page=request))
        page = await store.send(ListRecordsAsJson(criteria=criteria, page=request))
        assert decode(page.items.encode()) == [decode(written(record_members(record))) for record in listed.items]
        assert page.next == (listed.cursors[-1] if listed.has_next else None)


async def test_looks_behind_the_cursor_where_that_is_asked_for(store: Mediator) -> None:
    ids = sorted([(await store.send(CreateRecord(collection="people", payload=n))).id for n in range(3)])
    await store.send(CreateRecord(id=UUID(int=1), collection="places", payload=1))
    await store.send(CreateRecord(id=UUID(int=2**128 - 1), collection="places", payload=1))
    await store.send(DeleteRecord(id=ids[0]))
    await store.send(DeleteRecord(id=ids[2]))

    async def page_of(request: PageRequest) -> tuple[list[UUID], bool, bool]:
        page = await store.send(ListRecords(criteria=RecordCriteria(collection="people"), page=request))
        return [record.id for record in page.items], page.has_previous, page.has_next

    after, before = Cursor(ids[0]), Cursor(ids[2])
    assert await page_of(PageRequest(limit=9, after=after, look_behind=True)) == ([ids[1]], False, False)
    assert await page_of(PageRequest(limit=9, before=before, backwards=True, look_behind=True)) == (
        [ids[1]],
        False,
        False,
    )
    assert await page_of(PageRequest(limit=9, after=before, look_behind=True)) == ([], True, False)
    assert await page_of(PageRequest(limit=9, before=after, backwards=True, look_behind=True)) == ([], False, True)
    assert await page_of(PageRequest(limit=9, after=after)) == ([ids[1]], True, False)


async def test_counts_one_collection_or_all_without_deleted_records(store: Mediator) -> None:
    await store.send(CreateRecord(collection="people", payload=1))
    gone = await store.send(CreateRecord(collection="people", payload=2))
    await store.send(CreateRecord(collection="places", payload=3))
    await store.send(DeleteRecord(id=gone.id))

    assert await store.send(CountRecords(criteria=RecordCriteria(collection="people"))) == 1
    assert await store.send(CountRecords()) == 2
    assert await store.send(CountRecords(criteria=RecordCriteria(collection="nothing"))) == 0


async def test_reads_several_records_in_the_order_of_their_ids_as_given(store: Mediator) -> None:
    first, second = [await store.send(CreateRecord(payload=n)) for n in range(2)]
    gone = await store.send(CreateRecord(payload=2))
    await store.send(DeleteRecord(id=gone.id))

    found = await store.send(GetRecords(ids=[second.id, uuid4(), first.id, gone.id, second.id]))

    assert [record and record.id for record in found] == [second.id, None, first.id, None, second.id]
    assert found[0] == await store.send(GetRecord(id=second.id))
    assert await store.send(GetRecords(ids=[])) == []


async def test_lists_one_collection_without_its_deleted_records(store: Mediator) -> None:
    kept = await store.send(CreateRecord(collection="people", payload=1))
    gone = await store.send(CreateRecord(collection="people", payload=2))
    other = await store.send(CreateRecord(collection="places", payload=3))
    await store.send(DeleteRecord(id=gone.id))

    assert await ids_of(store, PageRequest(limit=9), "people") == [kept.id]
    assert await ids_of(store, PageRequest(limit=9)) == [kept.id, other.id]
    assert await ids_of(store, PageRequest(limit=9), "nothing") == []


async def test_of_twenty_writers_on_one_version_exactly_one_wins(store: Mediator) -> None:
    record = await store.send(CreateRecord(payload=0))

    async def write(number: int) -> bool:
        try:
            await store.send(ReplaceRecord(id=record.id, payload=number, precondition=at_version(1)))
        except PreconditionFailed:
            return False
        return True

    outcomes = await asyncio.gather(*(write(number) for number in range(1, 21)))

    read = await store.send(GetRecord(id=record.id))
    assert outcomes.count(True) == 1
    assert (read.version, value_of(read)) == (2, outcomes.index(True) + 1)


async def test_twenty_writers_who_expect_nothing_all_win_one_after_the_other(store: Mediator) -> None:
    record = await store.send(CreateRecord(payload={}))

    await asyncio.gather(
        *(store.send(PatchRecord(id=record.id, patch=MergePatch({"payload": {str(n): n}}))) for n in range(20))
    )

    read = await store.send(GetRecord(id=record.id))
    assert (read.version, value_of(read)) == (21, {str(n): n for n in range(20)})


async def test_of_twenty_creators_of_one_id_exactly_one_wins(store: Mediator) -> None:
    record_id = uuid4()

    outcomes = await asyncio.gather(
        *(store.send(CreateRecord(id=record_id, collection="new", payload=n, tags=["t", str(n)])) for n in range(20)),
        return_exceptions=True,
    )

    assert sum(isinstance(outcome, RecordView) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, RecordExists) for outcome in outcomes) == 19


async def test_twenty_replacers_of_a_new_id_leave_twenty_versions(store: Mediator) -> None:
    record_id = uuid4()

    outcomes = await asyncio.gather(*(store.send(ReplaceRecord(id=record_id, payload=n)) for n in range(20)))

    assert sorted(outcome.record.version for outcome in outcomes) == list(range(1, 21))
    assert [outcome.created for outcome in outcomes].count(True) == 1


async def test_a_refused_command_leaves_nothing_behind(store: Mediator) -> None:
    taken = await store.send(CreateRecord(payload=1))

    with pytest.raises(DomainError):
        await store.send(CreateRecord(id=taken.id, collection="unheard-of", payload=2, tags=["new"]))

    assert await ids_of(store, PageRequest(limit=9), "unheard-of") == []
    assert (await store.send(GetRecord(id=taken.id))).tags == ()


async def test_is_ready(store: Mediator) -> None:
    await store.send(CheckReadiness())
