"""What is told of groups of writes."""

import asyncio

from datastore_service.application.limits import Limits
from datastore_service.application.ports.observation import WriteMeter
from datastore_service.application.write.commands.apply_batch import ApplyBatch, Operation
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.bootstrap import build_mediator
from datastore_service.infrastructure.database.engine.pools import Engines


class Sizes:
    """Keeps in mind how large each group was."""

    def __init__(self) -> None:
        self.told: list[int] = []

    def group_written(self, size: int, /) -> None:
        self.told.append(size)


async def test_each_group_is_told_of_with_the_changes_in_it(engines: Engines) -> None:
    sizes = Sizes()
    store = build_mediator(engines, Limits(), {WriteMeter: sizes})
    # With locks, for its collection may be new.
    await store.send(CreateRecord(payload=None))
    sizes.told.clear()

    await asyncio.gather(*(store.send(CreateRecord(payload=number)) for number in range(10)))
    assert (sum(sizes.told), len(sizes.told) < 10) == (10, True)
    sizes.told.clear()
    await store.send(ApplyBatch(operations=[Operation(change=CreateRecord(payload=number)) for number in range(3)]))

    assert sizes.told == [3]
