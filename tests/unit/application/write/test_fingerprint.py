"""Fingerprints say whether two commands ask for the same, also when a release has moved or added members."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from datastore_service.application.messages import Command
from datastore_service.application.write.commands.apply_batch import ApplyBatch, Operation
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.fingerprint import fingerprint, former_fingerprint


def first() -> type[Any]:
    @dataclass(frozen=True, kw_only=True)
    class Do(Command[None]):
        a: int
        b: list[str] = field(default_factory=list[str])

    return Do


def moved() -> type[Any]:
    @dataclass(frozen=True, kw_only=True)
    class Do(Command[None]):
        b: list[str] = field(default_factory=list[str])
        a: int

    return Do


def added() -> type[Any]:
    @dataclass(frozen=True, kw_only=True)
    class Do(Command[None]):
        c: int | bool | None = None
        b: tuple[str, ...] = ()
        a: int

    return Do


@pytest.mark.parametrize("members", [{"a": 1}, {"a": 1, "b": ["x"]}, {"a": 1, "b": []}])
def test_members_that_moved_or_are_new_change_no_fingerprint(members: dict[str, Any]) -> None:
    assert len({fingerprint(command(**members)) for command in (first(), moved(), added())}) == 1


def test_a_new_member_that_is_given_is_another_command() -> None:
    command = added()

    assert len({fingerprint(command(a=1, c=given)) for given in (None, 0, False, 1)}) == 4
    assert len({former_fingerprint(command(a=1, c=given)) for given in (None, 0, False, 1)}) == 4


@pytest.mark.parametrize(
    "other",
    [
        {"payload": 2},
        {"payload": 1.0},
        {"payload": Decimal(1)},
        {"payload": True},
        {"payload": {"a": 1}},
        {"payload": 1, "tags": ["default"]},
        {"payload": 1, "id": UUID(int=0)},
        {"payload": 1, "collection": "people"},
    ],
)
def test_each_member_counts_also_in_a_batch(other: dict[str, Any]) -> None:
    pair = CreateRecord(payload=1), CreateRecord(**other)
    batches = [ApplyBatch(operations=[Operation(change=command)]) for command in pair]

    assert fingerprint(pair[0]) != fingerprint(pair[1])
    assert fingerprint(batches[0]) != fingerprint(batches[1])
    assert former_fingerprint(batches[0]) != former_fingerprint(batches[1])


def test_what_is_as_by_default_counts_as_not_given() -> None:
    given = CreateRecord(id=None, collection="default", payload={"a": 1, "b": 2}, tags=[])

    assert fingerprint(given) == fingerprint(CreateRecord(payload={"b": 2, "a": 1}))
