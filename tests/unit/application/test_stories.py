"""What commands leave in the log: given these changes, when this command, then these changes."""

from uuid import UUID

import pytest

from datastore_service.application.errors import OperationRefused
from datastore_service.application.write.commands.apply_batch import ApplyBatch, Operation
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.delete_record import DeleteRecord
from datastore_service.application.write.commands.patch_record import PatchRecord
from datastore_service.application.write.commands.replace_record import ReplaceRecord
from datastore_service.application.write.commands.restore_record import RestoreRecord
from datastore_service.application.write.commands.revert_record import RevertRecord
from datastore_service.domain.errors import RecordDeleted
from datastore_service.domain.records.patches import MergePatch
from tests.fakes.stories import Story

ADA, GRACE = UUID(int=1), UUID(int=2)
BORN = CreateRecord(id=ADA, payload={"name": "Ada"})


async def test_each_change_is_logged_with_the_state_after_it() -> None:
    story = await Story().given(BORN)

    await story.when(PatchRecord(id=ADA, patch=MergePatch({"payload": {"born": 1815}})))
    await story.when(DeleteRecord(id=ADA))

    story.then(
        (ADA, 2, "patch", {"name": "Ada", "born": 1815}),
        (ADA, 3, "delete", {"name": "Ada", "born": 1815}),
    )


async def test_a_restore_is_another_change() -> None:
    story = await Story().given(BORN, DeleteRecord(id=ADA))

    (await story.when(RestoreRecord(id=ADA))).then((ADA, 3, "restore", {"name": "Ada"}))


async def test_a_revert_is_another_change() -> None:
    story = await Story().given(BORN, ReplaceRecord(id=ADA, payload=0))

    (await story.when(RevertRecord(id=ADA, version=1))).then((ADA, 3, "revert", {"name": "Ada"}))


async def test_a_refused_command_leaves_nothing() -> None:
    story = await Story().given(BORN, DeleteRecord(id=ADA))

    with pytest.raises(RecordDeleted):
        await story.when(DeleteRecord(id=ADA))

    story.then()


async def test_a_batch_leaves_all_of_its_changes_or_none() -> None:
    story = await Story().given(BORN)
    grace = Operation(change=CreateRecord(id=GRACE, payload="Grace"))
    gone = Operation(change=DeleteRecord(id=ADA))

    with pytest.raises(OperationRefused):
        await story.when(ApplyBatch(operations=[grace, gone, gone]))
    story.then()

    (await story.when(ApplyBatch(operations=[grace, gone]))).then(
        (GRACE, 1, "create", "Grace"), (ADA, 2, "delete", {"name": "Ada"})
    )
