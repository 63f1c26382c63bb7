"""What may happen to a record, and what its version is afterwards."""

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from datastore_service.domain.errors import (
    CollectionMismatch,
    DomainError,
    InvalidValue,
    PreconditionFailed,
    RecordDeleted,
)
from datastore_service.domain.json_value import Json
from datastore_service.domain.preconditions import Precondition
from datastore_service.domain.records.content import GivenContent
from datastore_service.domain.records.patches import MergePatch
from datastore_service.domain.records.record import Record

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LATER = NOON + timedelta(microseconds=1)
LATER_STILL = NOON + timedelta(hours=1)

type Change = Callable[[Record, datetime], None]

CHANGES_OF_WHAT_IS_THERE: dict[str, Change] = {
    "patch": lambda record, at: record.patch(MergePatch({"payload": 1}), at=at),
    "patch of nothing": lambda record, at: record.patch(MergePatch({}), at=at),
    "delete": lambda record, at: record.delete(at=at),
    "delete of version 1": lambda record, at: record.delete(precondition=at_version(1), at=at),
}
CHANGES: dict[str, Change] = {
    "replace": lambda record, at: record.replace(GivenContent(payload=1, tags=[]), at=at),
    **CHANGES_OF_WHAT_IS_THERE,
}


def new_record() -> Record:
    return Record.create(
        UUID(int=1), GivenContent(payload={"name": "Ada"}, tags=["b", "a"]), collection="people", at=NOON
    )


def tombstone() -> Record:
    record = new_record()
    record.delete(at=LATER)
    return record


def at_version(version: int) -> Precondition:
    return Precondition(match=frozenset({version}))


def test_starts_at_version_one() -> None:
    record = new_record()

    assert (record.id, record.collection, record.version) == (UUID(int=1), "people", 1)
    assert (record.payload, record.tags) == ({"name": "Ada"}, ("a", "b"))
    assert (record.created_at, record.updated_at, record.deleted_at) == (NOON, NOON, None)


@pytest.mark.parametrize(
    ("collection", "payload", "tags", "pointer"),
    [("no name", 1, [], "/collection"), ("people", ["\x00"], [], "/payload/0"), ("people", 1, ["a", 2], "/tags/1")],
)
def test_cannot_be_created_with_invalid_members(
    collection: str, payload: Json, tags: list[object], pointer: str
) -> None:
    with pytest.raises(InvalidValue) as refusal:
        Record.create(UUID(int=1), GivenContent(payload=payload, tags=tags), collection=collection, at=NOON)

    assert refusal.value.pointer == pointer


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_each_change_increases_the_version_by_one_and_sets_the_time(change: Change) -> None:
    record = new_record()

    change(record, LATER)

    assert record.version == 2
    assert (record.created_at, record.updated_at) == (NOON, LATER)


def test_replacing_sets_payload_and_tags() -> None:
    record = new_record()

    record.replace(GivenContent(payload=None, tags=["z", "z"]), at=LATER)

    assert (record.payload, record.tags, record.collection) == (None, ("z",), "people")


def test_replacing_restores_a_deleted_record() -> None:
    record = tombstone()

    record.replace(GivenContent(payload=1, tags=[]), at=LATER_STILL)

    assert (record.version, record.deleted_at) == (3, None)
    assert (record.created_at, record.updated_at) == (NOON, LATER_STILL)


def test_deleting_keeps_the_last_payload() -> None:
    record = new_record()

    record.delete(at=LATER)

    assert (record.deleted_at, record.payload, record.tags) == (LATER, {"name": "Ada"}, ("a", "b"))


@pytest.mark.parametrize(
    ("patch", "payload", "tags"),
    [
        ({"payload": {"age": 36}}, {"name": "Ada", "age": 36}, ("a", "b")),
        ({"payload": {"name": None}}, {}, ("a", "b")),
        ({"payload": []}, [], ("a", "b")),
        ({"tags": ["c", "c"]}, {"name": "Ada"}, ("c",)),
        ({"tags": None}, {"name": "Ada"}, ()),
        ({}, {"name": "Ada"}, ("a", "b")),
    ],
)
def test_patching_changes_what_the_patch_names(patch: Json, payload: Json, tags: tuple[str, ...]) -> None:
    record = new_record()

    record.patch(MergePatch(patch), at=LATER)

    assert (record.payload, record.tags) == (payload, tags)


@pytest.mark.parametrize(
    ("patch", "pointer", "reason"),
    [
        (None, "", "an object with the members payload and tags"),
        ("text", "", "an object with the members payload and tags"),
        ([{"payload": 1}], "", "an object with the members payload and tags"),
        ({"id": "x"}, "/id", "'id' cannot be patched"),
        ({"version": 7, "payload": 1}, "/version", "'version' cannot be patched"),
        ({"a/b~c": 1}, "/a~1b~0c", "cannot be patched"),
        ({"\ud800": 1}, "/\\ud800", "cannot be patched"),
        ({"payload": None}, "/payload", "removes the payload"),
        ({"tags": "a"}, "/tags", "an array of texts"),
        ({"tags": {"0": "a"}}, "/tags", "an array of texts"),
        ({"tags": ["a", 1]}, "/tags/1", "1 to 200 characters"),
        ({"payload": {"b": ["\x00"]}}, "/payload/b/0", "NUL"),
    ],
)
def test_refuses_a_patch_whose_result_is_not_a_record(patch: Json, pointer: str, reason: str) -> None:
    record = new_record()

    with pytest.raises(InvalidValue) as refusal:
        record.patch(MergePatch(patch), at=LATER)

    assert refusal.value.pointer == pointer
    assert reason in refusal.value.detail
    assert record == new_record()


@pytest.mark.parametrize(("payload", "tags"), [(float("nan"), []), (1, ["a", ""])])
def test_a_refused_replacement_changes_nothing(payload: Json, tags: list[str]) -> None:
    record = new_record()

    with pytest.raises(InvalidValue):
        record.replace(GivenContent(payload=payload, tags=tags), at=LATER)

    assert record == new_record()


@pytest.mark.parametrize("stale", [at_version(2), Precondition(none_match="*"), Precondition(match=frozenset())])
def test_changes_nothing_on_a_stale_version(stale: Precondition) -> None:
    record = new_record()

    for change in (
        lambda: record.patch(MergePatch({"payload": 2}), precondition=stale, at=LATER),
        lambda: record.delete(precondition=stale, at=LATER),
        lambda: record.expect(stale),
    ):
        with pytest.raises(PreconditionFailed) as refusal:
            change()
        assert refusal.value.current_version == 1

    assert record == new_record()


@pytest.mark.parametrize("change", CHANGES_OF_WHAT_IS_THERE.values(), ids=CHANGES_OF_WHAT_IS_THERE)
def test_a_deleted_record_can_only_be_replaced(change: Change) -> None:
    record = tombstone()
    before = deepcopy(record)

    with pytest.raises(RecordDeleted):
        change(record, LATER_STILL)

    assert record == before


def test_a_deleted_record_counts_as_missing() -> None:
    record = tombstone()

    record.expect(Precondition(none_match="*"))

    with pytest.raises(PreconditionFailed) as refusal:
        record.expect(Precondition(match="*"))
    assert refusal.value.current_version is None


def test_stays_in_its_collection() -> None:
    record = new_record()

    record.expect_in("people")
    record.expect_in(None)

    with pytest.raises(CollectionMismatch, match=r"'people'.*'places'"):
        record.expect_in("places")


def test_refusals_say_which_record_and_state() -> None:
    refusals: list[DomainError] = [
        PreconditionFailed("Record", UUID(int=1), None),
        PreconditionFailed("Record", UUID(int=1), 7),
    ]

    assert [str(refusal).split(",")[0] for refusal in refusals] == [
        f"Record {UUID(int=1)} does not exist",
        f"Record {UUID(int=1)} is at version 7",
    ]


def test_times_of_versions_increase_even_if_clocks_differ() -> None:
    record = new_record()
    record.replace(GivenContent(payload=1, tags=[]), at=LATER)

    record.delete(at=LATER - timedelta(hours=1))

    assert (record.updated_at, record.deleted_at) == (LATER, LATER)
    assert [event.at for event in record.events][1:] == [LATER, LATER]
