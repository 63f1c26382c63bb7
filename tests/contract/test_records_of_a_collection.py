"""Messages about a record that has to be in a collection: on the fakes and on PostgreSQL."""

from uuid import UUID

import pytest

from datastore_service.application.fields import Attribute
from datastore_service.application.json_codec import decode
from datastore_service.application.mediator import Mediator
from datastore_service.application.messages import Message
from datastore_service.application.read.queries.get_record import GetRecord
from datastore_service.application.read.queries.get_records import GetRecords
from datastore_service.application.read.queries.list_revisions import ListRevisions
from datastore_service.application.read.queries.project_record import ProjectRecord
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.delete_record import DeleteRecord
from datastore_service.application.write.commands.patch_record import PatchRecord
from datastore_service.application.write.commands.restore_record import RestoreRecord
from datastore_service.application.write.commands.revert_record import RevertRecord
from datastore_service.domain.errors import RecordDeleted, RecordNotFound
from datastore_service.domain.records.patches import MergePatch
from tests.fixtures import WITH_LOCKING

pytestmark = pytest.mark.parametrize("store", WITH_LOCKING, indirect=True)

PATCH = MergePatch({"payload": {"b": 2}})


def about(record_id: UUID, collection: str) -> list[Message[object]]:
    return [
        GetRecord(id=record_id, collection=collection),
        GetRecord(id=record_id, version=1, collection=collection),
        GetRecord(id=record_id, version=99, collection=collection),
        ProjectRecord(id=record_id, fields=(Attribute.ID,), collection=collection),
        ProjectRecord(id=record_id, fields=(Attribute.ID,), version=1, collection=collection),
        PatchRecord(id=record_id, patch=PATCH, collection=collection),
        DeleteRecord(id=record_id, collection=collection),
        RestoreRecord(id=record_id, collection=collection),
        RevertRecord(id=record_id, version=1, collection=collection),
    ]


@pytest.mark.parametrize("is_deleted", [False, True])
async def test_a_record_in_another_collection_is_not_found(store: Mediator, *, is_deleted: bool) -> None:
    record = await store.send(CreateRecord(collection="people", payload={"a": 1}))
    if is_deleted:
        await store.send(DeleteRecord(id=record.id))

    for message in about(record.id, "places"):
        with pytest.raises(RecordNotFound):
            await store.send(message)

    assert await store.send(GetRecords(ids=[record.id], collection="places")) == [None]
    assert await store.send(ListRevisions(ids=[record.id], limit=10, collection="places")) == [None]
    (history,) = await store.send(ListRevisions(ids=[record.id], limit=10, collection="people"))
    assert history is not None
    assert len(history.items) == (2 if is_deleted else 1)


async def test_a_record_in_the_collection_is_as_any_other(store: Mediator) -> None:
    record = await store.send(CreateRecord(collection="people", payload={"a": 1}))

    patched = await store.send(PatchRecord(id=record.id, patch=PATCH, collection="people"))
    read = await store.send(GetRecord(id=record.id, collection="people"))
    many = await store.send(GetRecords(ids=[record.id], collection="people"))
    past = await store.send(GetRecord(id=record.id, version=1, collection="people"))
    part = await store.send(ProjectRecord(id=record.id, fields=(Attribute.ID,), collection="people"))
    await store.send(DeleteRecord(id=record.id, collection="people"))
    with pytest.raises(RecordDeleted):
        await store.send(GetRecord(id=record.id, collection="people"))
    restored = await store.send(RestoreRecord(id=record.id, collection="people"))
    reverted = await store.send(RevertRecord(id=record.id, version=1, collection="people"))

    assert read == many[0]
    assert (read.version, decode(read.payload.encode())) == (patched.version, {"a": 1, "b": 2})
    assert (past.version, part.version, restored.version, reverted.version) == (1, 2, 4, 5)
    assert decode(reverted.payload.encode()) == {"a": 1}


@pytest.mark.parametrize("seen", ["people", "places"])
async def test_a_scope_narrows_further(store: Mediator, seen: str) -> None:
    record = await store.send(CreateRecord(collection="people", payload=1))
    queries = [
        GetRecord(id=record.id, within=frozenset({seen}), collection="people"),
        ProjectRecord(id=record.id, fields=(Attribute.ID,), within=frozenset({seen}), collection="people"),
    ]

    for query in queries:
        if seen == "people":
            assert (await store.send(query)).version == 1
        else:
            with pytest.raises(RecordNotFound):
                await store.send(query)
