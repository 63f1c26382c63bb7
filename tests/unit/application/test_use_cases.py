"""What each use case does with what it is given; how the store itself behaves is in tests/contract."""

import json
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import cast, override
from uuid import UUID

import pytest

from datastore_service.application.mediator import Mediator
from datastore_service.application.messages import Command
from datastore_service.application.read.criteria.record_criteria import RecordCriteria
from datastore_service.application.read.pagination import PageRequest
from datastore_service.application.read.queries.check_readiness import CheckReadiness, CheckReadinessHandler
from datastore_service.application.read.queries.get_record import GetRecord
from datastore_service.application.read.queries.list_records import ListRecords
from datastore_service.application.views import RecordView
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.delete_record import DeleteRecord
from datastore_service.application.write.commands.patch_record import PatchRecord
from datastore_service.application.write.commands.replace_record import ReplaceRecord, ReplaceRecordHandler
from datastore_service.application.write.schema_validation import SchemaValidator
from datastore_service.domain.errors import (
    CollectionMismatch,
    DomainError,
    InvalidValue,
    PreconditionFailed,
    RecordDeleted,
    RecordExists,
)
from datastore_service.domain.preconditions import Precondition
from datastore_service.domain.records.content import GivenContent
from datastore_service.domain.records.patches import MergePatch
from datastore_service.domain.records.record import Record
from datastore_service.domain.records.repository import RecordRepository
from datastore_service.infrastructure.json_schemas.validator import CompiledJsonSchemas
from tests.fakes.clock import TickingClock
from tests.fakes.identifiers import CountingIds
from tests.fakes.store import InMemoryRecordRepository, InMemoryStore, InMemoryTransaction

NEW = UUID(int=99)
NOTHING_YET = Precondition(none_match="*")


def at_version(version: int) -> Precondition:
    return Precondition(match=frozenset({version}))


def name_of(part: object) -> str:
    return part if isinstance(part, str) else type(part).__name__


async def all_records(mediator: Mediator) -> list[RecordView]:
    page = await mediator.send(ListRecords(page=PageRequest(limit=100)))
    return list(page.items)


async def test_creating_gives_a_new_id_and_the_time(mediator: Mediator) -> None:
    first = await mediator.send(CreateRecord(payload=1))
    second = await mediator.send(CreateRecord(payload=2))

    assert first.id < second.id
    assert (first.version, first.collection, first.tags) == (1, "default", ())
    assert first.created_at == first.updated_at < second.created_at


async def test_creating_uses_the_given_id(mediator: Mediator) -> None:
    created = await mediator.send(CreateRecord(id=UUID(int=0), payload=1))

    assert created.id == UUID(int=0)


@pytest.mark.parametrize(
    ("command", "pointer"),
    [
        (CreateRecord(payload={"a": ["b", "\x00"]}), "/payload/a/1"),
        (CreateRecord(payload={"a/b": float("nan")}), "/payload/a~1b"),
        (CreateRecord(payload="\ud800"), "/payload"),
        (CreateRecord(payload=1, collection="no name"), "/collection"),
        (CreateRecord(payload=1, collection=""), "/collection"),
        (CreateRecord(payload=1, tags=["a", ""]), "/tags/1"),
        (CreateRecord(payload=1, tags=[str(n) for n in range(101)]), "/tags"),
        (ReplaceRecord(id=NEW, payload=[float("inf")]), "/payload/0"),
        (ReplaceRecord(id=NEW, payload=1, collection="people\n"), "/collection"),
        (ReplaceRecord(id=NEW, payload=1, collection=""), "/collection"),
        (ReplaceRecord(id=NEW, payload=1, tags=["x" * 201]), "/tags/0"),
    ],
    ids=name_of,
)
async def test_an_invalid_new_record_is_refused_by_its_bad_member_and_leaves_nothing(
    command: Command[object], pointer: str, mediator: Mediator
) -> None:
    with pytest.raises(InvalidValue) as refusal:
        await mediator.send(command)

    assert refusal.value.pointer == pointer
    assert await all_records(mediator) == []


@pytest.mark.parametrize(
    ("command", "pointer"),
    [
        (ReplaceRecord(id=NEW, payload={"a": "\x00"}), "/payload/a"),
        (ReplaceRecord(id=NEW, payload=1, tags=[""]), "/tags/0"),
        (PatchRecord(id=NEW, patch=MergePatch({"payload": {"b": "\udfff"}})), "/payload/b"),
        (PatchRecord(id=NEW, patch=MergePatch({"payload": None})), "/payload"),
        (PatchRecord(id=NEW, patch=MergePatch({"tags": "a"})), "/tags"),
        (PatchRecord(id=NEW, patch=MergePatch({"collection": "places"})), "/collection"),
        (PatchRecord(id=NEW, patch=MergePatch("text")), ""),
    ],
    ids=name_of,
)
async def test_an_invalid_change_is_refused_by_its_bad_member_and_changes_nothing(
    command: Command[object], pointer: str, mediator: Mediator
) -> None:
    given = await mediator.send(CreateRecord(id=NEW, payload={"a": 1}, tags=["t"]))

    with pytest.raises(InvalidValue) as refusal:
        await mediator.send(command)

    assert refusal.value.pointer == pointer
    assert await all_records(mediator) == [given]


async def test_replacing_puts_a_new_record_in_the_default_collection(mediator: Mediator) -> None:
    replaced = await mediator.send(ReplaceRecord(id=NEW, payload=1))

    assert (replaced.created, replaced.record.collection) == (True, "default")


async def test_replacing_keeps_the_collection(mediator: Mediator) -> None:
    await mediator.send(CreateRecord(id=NEW, collection="people", payload=1))

    unnamed = await mediator.send(ReplaceRecord(id=NEW, payload=2))
    named = await mediator.send(ReplaceRecord(id=NEW, payload=3, collection="people"))

    assert (unnamed.record.collection, named.record.collection, named.record.version) == ("people", "people", 3)


async def test_replacing_without_tags_removes_them(mediator: Mediator) -> None:
    await mediator.send(CreateRecord(id=NEW, payload=1, tags=["a"]))

    replaced = await mediator.send(ReplaceRecord(id=NEW, payload=1))

    assert replaced.record.tags == ()


async def test_if_none_match_creates_only_a_missing_record(mediator: Mediator) -> None:
    created = await mediator.send(ReplaceRecord(id=NEW, payload=1, precondition=NOTHING_YET))

    with pytest.raises(PreconditionFailed):
        await mediator.send(ReplaceRecord(id=NEW, payload=2, precondition=NOTHING_YET))

    assert await all_records(mediator) == [created.record]


async def test_a_tombstone_counts_as_missing(mediator: Mediator) -> None:
    await mediator.send(CreateRecord(id=NEW, payload=1))
    await mediator.send(DeleteRecord(id=NEW))

    with pytest.raises(PreconditionFailed) as refusal:
        await mediator.send(ReplaceRecord(id=NEW, payload=2, precondition=at_version(2)))
    replaced = await mediator.send(ReplaceRecord(id=NEW, payload=2, precondition=NOTHING_YET))

    assert refusal.value.current_version is None
    assert (replaced.created, replaced.record.version) == (True, 3)


async def test_a_tombstone_stays_in_its_collection(mediator: Mediator) -> None:
    await mediator.send(CreateRecord(id=NEW, collection="people", payload=1))
    await mediator.send(DeleteRecord(id=NEW))

    with pytest.raises(CollectionMismatch):
        await mediator.send(ReplaceRecord(id=NEW, collection="places", payload=2))


async def test_patching_returns_the_record_after_the_change(mediator: Mediator) -> None:
    await mediator.send(CreateRecord(id=NEW, payload={"name": "Ada", "age": 36}, tags=["a"]))

    patched = await mediator.send(PatchRecord(id=NEW, patch=MergePatch({"payload": {"age": None}, "tags": ["b"]})))

    assert (patched.version, json.loads(patched.payload), patched.tags) == (2, {"name": "Ada"}, ("b",))
    assert patched == await mediator.send(GetRecord(id=NEW))


async def test_each_change_may_name_the_previous_version(mediator: Mediator) -> None:
    await mediator.send(CreateRecord(id=NEW, payload={}))

    await mediator.send(PatchRecord(id=NEW, patch=MergePatch({"payload": {"a": 1}}), precondition=at_version(1)))
    await mediator.send(ReplaceRecord(id=NEW, payload=2, precondition=at_version(2)))
    await mediator.send(DeleteRecord(id=NEW, precondition=at_version(3)))

    with pytest.raises(RecordDeleted):
        await mediator.send(GetRecord(id=NEW))


async def test_a_deleted_record_is_reported_as_deleted_whatever_the_precondition(mediator: Mediator) -> None:
    await mediator.send(CreateRecord(id=NEW, payload=1))
    await mediator.send(DeleteRecord(id=NEW))

    for command in (
        PatchRecord(id=NEW, patch=MergePatch({}), precondition=at_version(1)),
        DeleteRecord(id=NEW, precondition=at_version(1)),
    ):
        with pytest.raises(RecordDeleted):
            await mediator.send(command)


async def test_lists_in_the_order_of_ids_whatever_was_created_first(mediator: Mediator) -> None:
    for number in (3, 1, 2):
        await mediator.send(CreateRecord(id=UUID(int=number), payload=number))

    assert [record.payload for record in await all_records(mediator)] == ["1", "2", "3"]


@pytest.mark.parametrize("name", ["", "no name", "people\n", "é"])
async def test_refuses_to_list_an_impossible_collection(name: str, mediator: Mediator) -> None:
    with pytest.raises(InvalidValue) as refusal:
        await mediator.send(ListRecords(criteria=RecordCriteria(collection=name), page=PageRequest(limit=1)))

    assert refusal.value.pointer == "/collection"


async def test_a_refused_command_does_not_hold_up_the_next(mediator: Mediator) -> None:
    await mediator.send(CreateRecord(id=NEW, payload=1))

    for command in (
        CreateRecord(id=NEW, payload=2),
        ReplaceRecord(id=NEW, payload=2, precondition=at_version(9)),
        PatchRecord(id=NEW, patch=MergePatch(None)),
        DeleteRecord(id=UUID(int=9)),
    ):
        with pytest.raises(DomainError):
            await mediator.send(command)

    assert (await mediator.send(ReplaceRecord(id=NEW, payload=3))).record.version == 2


class Unreachable:
    """A store that never answers."""

    async def checks(self) -> dict[str, str | None]:
        return {"store": "The store does not answer."}


async def test_is_not_ready_while_the_store_does_not_answer() -> None:
    view = await CheckReadinessHandler(Unreachable()).handle(CheckReadiness())

    assert view.checks == {"store": "The store does not answer."}


ANYTHING_GOES = SchemaValidator(CompiledJsonSchemas())


class ContestedRecords(InMemoryRecordRepository):
    """Records of which the first few looks at one come just before somebody else creates it."""

    def __init__(self, store: InMemoryStore, too_early: int) -> None:
        super().__init__(store)
        self._too_early = too_early
        self.looks = 0

    @override
    async def get(self, record_id: UUID) -> Record | None:
        self.looks += 1
        if self.looks <= self._too_early:
            return None
        return Record.create(
            record_id, GivenContent(payload="theirs", tags=[]), collection="default", at=TickingClock().now()
        )

    @override
    async def add(self, record: Record) -> None:
        raise RecordExists(record.id)


class ContestedStore(InMemoryTransaction):
    """A unit of work on such records."""

    def __init__(self, too_early: int) -> None:
        super().__init__(InMemoryStore(), CountingIds())
        self._contested = ContestedRecords(InMemoryStore(), too_early)
        self.committed: list[Record] = []

    @asynccontextmanager
    async def __call__(self) -> AsyncGenerator["ContestedStore"]:
        yield self

    @property
    def looks(self) -> int:
        return self._contested.looks

    @override
    def repository[R](self, port: type[R], /) -> R:
        return cast("R", self._contested) if port is RecordRepository else super().repository(port)

    def announce(self, event: object, /) -> None:
        raise AssertionError(f"Nothing announces {event}.")

    @override
    async def commit(self) -> None:
        self.committed += self._contested.changed.values()


async def test_replaces_a_record_that_another_client_has_just_created() -> None:
    store = ContestedStore(too_early=1)

    replaced = await ReplaceRecordHandler(store, TickingClock(), ANYTHING_GOES).handle(
        ReplaceRecord(id=NEW, payload="ours")
    )

    assert not replaced.created
    assert (replaced.record.version, replaced.record.payload) == (2, '"ours"')
    assert (store.looks, [record.payload for record in store.committed]) == (2, ["ours"])


async def test_does_not_replace_a_record_that_had_to_be_new() -> None:
    store = ContestedStore(too_early=1)

    with pytest.raises(PreconditionFailed) as refusal:
        await ReplaceRecordHandler(store, TickingClock(), ANYTHING_GOES).handle(
            ReplaceRecord(id=NEW, payload="ours", precondition=NOTHING_YET)
        )

    assert refusal.value.current_version == 1
    assert store.committed == []


async def test_looks_twice_and_then_gives_up() -> None:
    store = ContestedStore(too_early=9)

    with pytest.raises(RecordExists):
        await ReplaceRecordHandler(store, TickingClock(), ANYTHING_GOES).handle(ReplaceRecord(id=NEW, payload="ours"))

    assert (store.looks, store.committed) == (2, [])
