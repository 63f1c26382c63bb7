"""What a batch asks of PostgreSQL."""

from collections.abc import Callable, Generator
from contextlib import contextmanager
from itertools import pairwise
from uuid import UUID

import pytest
from sqlalchemy import event

from datastore_service.application.mediator import Mediator
from datastore_service.application.write.commands.apply_batch import ApplyBatch, Change, Operation
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.delete_record import DeleteRecord
from datastore_service.application.write.commands.link_records import LinkRecords
from datastore_service.application.write.commands.patch_record import PatchRecord
from datastore_service.application.write.commands.replace_record import ReplaceRecord
from datastore_service.application.write.commands.unlink_records import UnlinkRecords
from datastore_service.domain.records.patches import MergePatch
from datastore_service.infrastructure.database.engine.pools import Engines
from datastore_service.infrastructure.database.write.changes import WRITE_LOCKED


@contextmanager
def statements_with_locks(engines: Engines) -> Generator[list[str]]:
    found: list[str] = []

    def collect(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        found.append(statement)

    event.listen(engines.write.sync_engine, "before_cursor_execute", collect)
    try:
        yield found
    finally:
        event.remove(engines.write.sync_engine, "before_cursor_execute", collect)


def creations(number: int) -> ApplyBatch:
    changes = [CreateRecord(payload=each, tags=["a", f"t{each % 7}"]) for each in range(number)]
    return ApplyBatch(operations=[Operation(change=change) for change in changes])


async def test_many_creations_with_locks_take_as_many_statements_as_few(
    locking_mediator: Mediator, engines: Engines
) -> None:
    await locking_mediator.send(creations(10))

    with statements_with_locks(engines) as of_ten:
        await locking_mediator.send(creations(10))
    with statements_with_locks(engines) as of_a_hundred:
        await locking_mediator.send(creations(100))

    assert of_a_hundred == of_ten


def ids(first: int, number: int) -> list[UUID]:
    return [UUID(int=each) for each in range(first, first + number)]


def link(source: UUID, target: UUID) -> LinkRecords:
    return LinkRecords(source=source, relation="knows", target=target)


def patch(record_id: UUID) -> PatchRecord:
    return PatchRecord(id=record_id, patch=MergePatch({"payload": {"n": 1}}))


def unlink(source: UUID, target: UUID) -> UnlinkRecords:
    return UnlinkRecords(source=source, relation="knows", target=target)


KINDS: dict[str, Callable[[list[UUID]], list[Change]]] = {
    "deletions": lambda of: [DeleteRecord(id=each) for each in of],
    "patches": lambda of: [patch(each) for each in of],
    "replacements": lambda of: [ReplaceRecord(id=each, payload=2, tags=["x"]) for each in of],
    "links": lambda of: [link(one, other) for one, other in pairwise([*of, of[0]])],
    "links taken away": lambda of: [
        change for one, other in pairwise(of) for change in (link(one, other), unlink(one, other))
    ],
    "links and deletions": lambda of: [
        *(link(one, other) for one, other in pairwise([*of, of[0]])),
        *(patch(each) for each in of),
        *(unlink(one, other) for one, other in pairwise([*of, of[0]])),
        *(DeleteRecord(id=each) for each in of),
    ],
}


@pytest.mark.parametrize("kind", KINDS)
async def test_as_many_statements_whatever_the_number_of_operations(
    locking_mediator: Mediator, engines: Engines, kind: str
) -> None:
    few, many = ids(1000, 10), ids(2000, 100)
    made: list[Change] = [CreateRecord(id=each, collection="c", payload={}, tags=["a", "x"]) for each in [*few, *many]]
    await locking_mediator.send(ApplyBatch(operations=[Operation(change=change) for change in made]))

    with statements_with_locks(engines) as of_ten:
        await locking_mediator.send(ApplyBatch(operations=[Operation(change=each) for each in KINDS[kind](few)]))
    with statements_with_locks(engines) as of_a_hundred:
        await locking_mediator.send(ApplyBatch(operations=[Operation(change=each) for each in KINDS[kind](many)]))

    assert len(of_a_hundred) == len(of_ten) < 20


@pytest.mark.parametrize("number", [1, 2, 50])
async def test_records_are_written_by_one_statement_with_locks_as_without(
    locking_mediator: Mediator, engines: Engines, number: int
) -> None:
    there, new = ids(3000, number), ids(4000, number)
    await locking_mediator.send(
        ApplyBatch(operations=[Operation(change=CreateRecord(id=each, payload=1)) for each in there])
    )

    with statements_with_locks(engines) as changing:
        await locking_mediator.send(ApplyBatch(operations=[Operation(change=patch(each)) for each in there]))
    with statements_with_locks(engines) as creating:
        await locking_mediator.send(
            ApplyBatch(operations=[Operation(change=CreateRecord(id=each, payload=1)) for each in new])
        )

    for found in (changing, creating):
        assert [each for each in found if "INSERT" in each or "UPDATE records" in each] == [WRITE_LOCKED]
