"""What a batch asks of PostgreSQL."""

from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy import event

from datastore_service.application.commands.apply_batch import ApplyBatch, Operation
from datastore_service.application.commands.create_record import CreateRecord
from datastore_service.application.mediator import Mediator
from datastore_service.infrastructure.database.engine import Engines


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
