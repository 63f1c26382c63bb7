"""Commands that need no locks are written together with those of others (adr/0049, adr/0050)."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from datastore_service.application.limits import Limits
from datastore_service.application.messages import Command
from datastore_service.application.ports.observation import WriteMeter
from datastore_service.application.write.commands.apply_batch import ApplyBatch, Operation
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.delete_record import DeleteRecord
from datastore_service.application.write.commands.patch_record import PatchRecord
from datastore_service.application.write.commands.replace_record import ReplaceRecord
from datastore_service.application.write.commands.restore_record import RestoreRecord
from datastore_service.bootstrap import build_mediator
from datastore_service.domain.records.patches import MergePatch
from datastore_service.infrastructure.database.engine.pools import Engines


class Written:
    """Counts the changes that were written without locks."""

    def __init__(self) -> None:
        self.without_locks = 0

    def group_written(self, size: int, /) -> None:
        self.without_locks += size


def create(_: UUID) -> Command[Any]:
    return CreateRecord(payload=2)


def replace(there: UUID) -> Command[Any]:
    return ReplaceRecord(id=there, payload=2)


def patch(there: UUID) -> Command[Any]:
    return PatchRecord(id=there, patch=MergePatch({"payload": 2}))


def batch(_: UUID) -> Command[Any]:
    return ApplyBatch(operations=[Operation(change=CreateRecord(payload=2))])


def restore(there: UUID) -> Command[Any]:
    return RestoreRecord(id=there)


def delete(there: UUID) -> Command[Any]:
    return DeleteRecord(id=there)


@pytest.mark.parametrize(
    ("command", "is_deleted", "without_locks"),
    [
        (create, False, 1),
        (replace, False, 1),
        (patch, False, 1),
        (batch, False, 1),
        (restore, True, 1),
        (delete, False, 0),
    ],
)
async def test_is_written_without_locks(
    engines: Engines, command: Callable[[UUID], Command[Any]], is_deleted: bool, without_locks: int
) -> None:
    written = Written()
    store = build_mediator(engines, Limits(), {WriteMeter: written})
    # Its collection is new, and made with locks.
    there = await store.send(CreateRecord(payload=1))
    if is_deleted:
        await store.send(DeleteRecord(id=there.id))
    written.without_locks = 0

    await store.send(command(there.id))

    assert written.without_locks == without_locks
