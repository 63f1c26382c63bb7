"""Random commands at the same time, with group commit and without: they leave what some order of them leaves."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from datastore_service.application.mediator import Mediator
from datastore_service.application.write.commands.apply_batch import ApplyBatch, Operation
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.delete_record import DeleteRecord
from datastore_service.application.write.commands.patch_record import PatchRecord
from datastore_service.application.write.commands.put_collection import PutCollection
from datastore_service.application.write.commands.replace_record import ReplaceRecord
from datastore_service.domain.errors import DomainError
from datastore_service.domain.json_value import Json
from datastore_service.domain.preconditions import ANY_STATE, Precondition
from datastore_service.domain.records.patches import MergePatch
from datastore_service.infrastructure.database.engine.pools import Engines
from tests.profiles import costly

type Change = CreateRecord | ReplaceRecord | PatchRecord | DeleteRecord

RECORDS = [UUID(int=number) for number in range(1, 4)]

expectations = st.sampled_from([ANY_STATE, ANY_STATE, Precondition(match=frozenset({1, 2})), Precondition(match="*")])
labels = st.lists(st.sampled_from(["a", "b", "c"]), max_size=2)


@st.composite
def changes(draw: st.DrawFn) -> Change:
    """A change of one of a few records; what it writes is its own and no other's."""
    record_id, mark = draw(st.sampled_from(RECORDS)), str(uuid4())
    match draw(st.sampled_from(["create", "replace", "replace", "patch", "patch", "delete"])):
        case "create":
            return CreateRecord(id=record_id, collection="things", payload={"mark": mark}, tags=draw(labels))
        case "replace":
            return ReplaceRecord(
                id=record_id,
                collection="things",
                payload={"mark": mark},
                tags=draw(labels),
                precondition=draw(expectations),
            )
        case "patch":
            document: Json = {"payload": {"mark": mark}, "tags": [*draw(labels)]}
            return PatchRecord(id=record_id, patch=MergePatch(document), precondition=draw(expectations))
        case _:
            return DeleteRecord(id=record_id, precondition=draw(expectations))


commands = st.one_of(
    changes(),
    changes(),
    st.lists(changes(), min_size=1, max_size=4).map(
        lambda some: ApplyBatch(operations=[Operation(change=c) for c in some])
    ),
    st.sampled_from([PutCollection(name="things"), PutCollection(name="things", schema={"required": ["mark"]})]),
)


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """A write that somebody was told has happened: what it left, and of which version; a deletion only happened."""

    record_id: UUID
    version: int | None
    mark: str | None


def acknowledged(command: Any, result: Any) -> list[Acknowledged]:  # noqa: ANN401 - each command with its own result
    match command:
        case ApplyBatch():
            return [
                Acknowledged(done.id, done.record and done.record.version, done.record and done.record.payload)
                for done in result
            ]
        case CreateRecord() | PatchRecord():
            return [Acknowledged(result.id, result.version, result.payload)]
        case ReplaceRecord():
            return [Acknowledged(command.id, result.record.version, result.record.payload)]
        case DeleteRecord():
            return [Acknowledged(command.id, None, None)]
        case _:
            return []


async def all_at_once(store: Mediator, given_commands: Sequence[Any], cancelled: set[int]) -> list[Acknowledged]:
    tasks = [asyncio.ensure_future(store.send(command)) for command in given_commands]
    for turn in range(3):
        await asyncio.sleep(0)
        for number in cancelled:
            if number % 3 == turn and number < len(tasks):
                tasks[number].cancel()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    for result in results:
        if isinstance(result, Exception) and not isinstance(result, DomainError):
            raise result
    told = [(command, result) for command, result in zip(given_commands, results, strict=True)]
    return [
        one
        for command, result in told
        if not isinstance(result, BaseException)
        for one in acknowledged(command, result)
    ]


@pytest.mark.parametrize("store", ["postgresql", "locking"], indirect=True)
@examples(max_examples=costly(25), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(commands, min_size=2, max_size=24), st.sets(st.integers(0, 23), max_size=4))
async def test_what_is_acknowledged_is_in_the_histories_once_and_each_history_is_whole(
    store: Mediator, engines: Engines, given_commands: list[Any], cancelled: set[int]
) -> None:
    # Ids of their own for each example: the database is emptied only after all of them.
    own = {record_id: uuid4() for record_id in RECORDS}

    told = await all_at_once(store, [with_ids(command, own) for command in given_commands], cancelled)

    rows = await engines.read.fetch(
        "SELECT record_id, version, operation, payload::text, tags FROM revision_view WHERE record_id = ANY($1) "
        "ORDER BY seq",
        [list(own.values())],
    )
    now = await engines.read.fetch(
        "SELECT id, version, payload::text, tags, deleted_at FROM record_view WHERE id = ANY($1)", [list(own.values())]
    )
    for record_id in own.values():
        history = [row for row in rows if row.record_id == record_id]
        assert [row.version for row in history] == list(range(1, len(history) + 1))
        follows = [(before.operation == "delete", after.operation) for before, after in pairwise(history)]
        assert all(operation == "replace" if deleted else operation != "create" for deleted, operation in follows)
        current = [row for row in now if row.id == record_id]
        assert [(row.version, row.payload, row.tags) for row in current] == [
            (row.version, row.payload, row.tags) for row in history[-1:]
        ]
        assert [row.deleted_at is not None for row in current] == [row.operation == "delete" for row in history[-1:]]
    written = Counter((row.record_id, row.version, decoded(row.payload)) for row in rows)
    for one in told:
        if one.version is not None:
            assert written[one.record_id, one.version, decoded(one.mark)] == 1
    versions = Counter((one.record_id, one.version) for one in told if one.version is not None)
    assert all(count == 1 for count in versions.values())


def decoded(payload: str | None) -> str | None:
    return None if payload is None else payload.replace(" ", "")


def with_ids(command: Any, own: dict[UUID, UUID]) -> Any:  # noqa: ANN401 - the same command
    match command:
        case ApplyBatch():
            changed = [replace(operation, change=with_ids(operation.change, own)) for operation in command.operations]
            return ApplyBatch(operations=changed)
        case PutCollection():
            return command
        case _:
            return replace(command, id=own[command.id])
