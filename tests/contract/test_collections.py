"""Collections and their schemas: on the fakes and on PostgreSQL."""

import asyncio
from decimal import Decimal

import pytest

from datastore_service.application.errors import OperationRefused
from datastore_service.application.json_codec import decode
from datastore_service.application.mediator import Mediator
from datastore_service.application.messages import Command
from datastore_service.application.read.pagination import Cursor, PageRequest
from datastore_service.application.read.queries.get_collection import GetCollection
from datastore_service.application.read.queries.get_record import GetRecord
from datastore_service.application.read.queries.list_collections import ListCollections
from datastore_service.application.views import RecordView
from datastore_service.application.write.commands.apply_batch import ApplyBatch, Operation
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.delete_collection import DeleteCollection
from datastore_service.application.write.commands.delete_record import DeleteRecord
from datastore_service.application.write.commands.patch_collection import PatchCollection
from datastore_service.application.write.commands.patch_record import PatchRecord
from datastore_service.application.write.commands.put_collection import PutCollection
from datastore_service.application.write.commands.replace_record import ReplaceRecord
from datastore_service.domain.collections.retention import Retention
from datastore_service.domain.errors import (
    CollectionNotEmpty,
    CollectionNotFound,
    InvalidValue,
    PreconditionFailed,
    SchemaViolated,
)
from datastore_service.domain.json_value import Json
from datastore_service.domain.preconditions import Precondition
from datastore_service.domain.records.patches import MergePatch
from tests.fixtures import WITH_LOCKING

PEOPLE: Json = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string"}, "born": {"type": "integer", "minimum": 0}},
}


pytestmark = pytest.mark.parametrize("store", WITH_LOCKING, indirect=True)


async def test_one_is_made_with_its_first_record_and_takes_anything(store: Mediator) -> None:
    await store.send(CreateRecord(payload=1, collection="people"))

    collection = await store.send(GetCollection(name="people"))

    assert (collection.name, collection.schema, collection.version) == ("people", None, 1)


async def test_putting_one_makes_it_and_then_changes_its_schema(store: Mediator) -> None:
    made = await store.send(PutCollection(name="people", schema=PEOPLE))
    changed = await store.send(PutCollection(name="people", precondition=Precondition(match=frozenset({1}))))

    assert (made.created, made.collection.version) == (True, 1)
    assert (changed.created, changed.collection.version, changed.collection.schema) == (False, 2, None)
    assert (await store.send(GetCollection(name="people"))) == changed.collection


RETENTION = Retention(days=90)


@pytest.mark.parametrize(
    ("patch", "schema", "retention"),
    [
        ({}, {"type": "object", "minProperties": 1}, RETENTION),
        ({"retention": {"days": 7}}, {"type": "object", "minProperties": 1}, Retention(days=7)),
        ({"retention": {"days": None, "revisions": 3}}, {"type": "object", "minProperties": 1}, Retention(revisions=3)),
        ({"retention": {"days": None}}, {"type": "object", "minProperties": 1}, None),
        ({"retention": None}, {"type": "object", "minProperties": 1}, None),
        ({"schema": {"minProperties": 2}}, {"type": "object", "minProperties": 2}, RETENTION),
        ({"schema": {"minProperties": None}}, {"type": "object"}, RETENTION),
        ({"schema": True}, True, RETENTION),
        ({"schema": None}, None, RETENTION),
    ],
)
async def test_a_patch_leaves_what_it_does_not_name(
    store: Mediator, patch: Json, schema: Json, retention: Retention | None
) -> None:
    there: Json = {"type": "object", "minProperties": 1}
    await store.send(PutCollection(name="people", schema=there, retention=RETENTION))

    patched = await store.send(PatchCollection(name="people", patch=MergePatch(patch)))

    assert (patched.schema and decode(patched.schema.encode()), patched.retention) == (schema, retention)
    read = await store.send(GetCollection(name="people"))
    assert (read.schema and decode(read.schema.encode()), read.retention) == (schema, retention)
    assert (patched.version, read.version) == (2, 2)


@pytest.mark.parametrize(
    ("patch", "pointer"),
    [
        ({"schema": {"type": "person"}}, "/schema/type"),
        ({"retention": {"revisions": 3}}, "/retention"),
        ({"retention": {"days": 0}}, "/retention/days"),
        ({"retention": {"days": "9"}}, "/retention/days"),
        ({"retention": {"years": 1}}, "/retention/years"),
        ({"retention": 9}, "/retention"),
        ({"scheme": {}}, "/scheme"),
        ([], ""),
    ],
)
async def test_refuses_patches_that_leave_no_collection(store: Mediator, patch: Json, pointer: str) -> None:
    await store.send(PutCollection(name="people", schema=PEOPLE, retention=RETENTION))
    before = await store.send(GetCollection(name="people"))

    with pytest.raises(InvalidValue) as refusal:
        await store.send(PatchCollection(name="people", patch=MergePatch(patch)))

    assert refusal.value.pointer == pointer
    assert await store.send(GetCollection(name="people")) == before


async def test_patches_only_what_is_there_and_as_expected(store: Mediator) -> None:
    for name in ("people", "\ud800"):
        with pytest.raises(CollectionNotFound):
            await store.send(PatchCollection(name=name, patch=MergePatch({})))
    await store.send(PutCollection(name="people", schema=PEOPLE))

    with pytest.raises(PreconditionFailed, match="Collection 'people' is at version 1"):
        await store.send(
            PatchCollection(
                name="people", patch=MergePatch({"schema": None}), precondition=Precondition(match=frozenset({2}))
            )
        )


async def test_patches_at_once_lose_nothing(store: Mediator) -> None:
    await store.send(PutCollection(name="people", schema={"type": "object"}))

    await asyncio.gather(
        *(
            store.send(PatchCollection(name="people", patch=MergePatch({"schema": {"$defs": {f"d{n}": True}}})))
            for n in range(8)
        )
    )

    schema = (await store.send(GetCollection(name="people"))).schema
    assert schema is not None
    assert decode(schema.encode()) == {"type": "object", "$defs": {f"d{n}": True for n in range(8)}}


@pytest.mark.parametrize(
    "precondition", [Precondition(match=frozenset({2})), Precondition(none_match="*")], ids=["stale", "new"]
)
async def test_one_in_another_state_is_left_alone(store: Mediator, precondition: Precondition) -> None:
    await store.send(PutCollection(name="people"))

    for command in (
        PutCollection(name="people", schema=PEOPLE, precondition=precondition),
        DeleteCollection(name="people", precondition=precondition),
    ):
        with pytest.raises(PreconditionFailed, match="Collection 'people' is at version 1"):
            await store.send(command)

    assert (await store.send(GetCollection(name="people"))).version == 1


@pytest.mark.parametrize(
    ("payload", "pointers"),
    [
        ({"born": -1, "name": 5}, {"/payload/born", "/payload/name"}),
        ({}, {"/payload"}),
        ([], {"/payload"}),
        ({"name": "Ada", "born": Decimal("0.12345678901234567890")}, {"/payload/born"}),
    ],
)
async def test_a_payload_that_does_not_fit_is_refused_by_every_command(
    store: Mediator, payload: Json, pointers: set[str]
) -> None:
    await store.send(PutCollection(name="people", schema=PEOPLE))
    record = await store.send(CreateRecord(payload={"name": "Ada", "born": 1815}, collection="people"))
    patch = MergePatch({"payload": None}) if not isinstance(payload, dict) else MergePatch({"payload": payload})
    commands: list[Command[object]] = [
        CreateRecord(payload=payload, collection="people"),
        ReplaceRecord(id=record.id, payload=payload),
    ]

    for command in commands:
        with pytest.raises(SchemaViolated) as refusal:
            await store.send(command)
        assert {pointer for pointer, _ in refusal.value.violations} == pointers
    with pytest.raises(OperationRefused):
        await store.send(ApplyBatch(operations=[Operation(change=CreateRecord(payload=payload, collection="people"))]))
    if payload and isinstance(payload, dict):
        with pytest.raises(SchemaViolated):
            await store.send(PatchRecord(id=record.id, patch=patch))

    assert (await store.send(GetRecord(id=record.id))).version == 1


async def test_a_new_schema_is_for_what_is_written_from_then_on(store: Mediator) -> None:
    old = await store.send(CreateRecord(payload="no person", collection="people"))

    await store.send(PutCollection(name="people", schema=PEOPLE))

    assert (await store.send(GetRecord(id=old.id))).version == 1
    with pytest.raises(SchemaViolated):
        await store.send(PatchRecord(id=old.id, patch=MergePatch({"tags": ["t"]})))
    await store.send(DeleteRecord(id=old.id))


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        (5, "/schema"),
        ({"type": "person"}, "/schema/type"),
        ({"properties": {"a": {"minimum": "x"}}}, "/schema/properties/a/minimum"),
        ({"$ref": "http://localhost:9/schema"}, "/schema"),
        ({"$ref": "#/nowhere"}, "/schema"),
        ({"pattern": "("}, "/schema/pattern"),
        ({"title": "\0"}, "/schema/title"),
    ],
)
async def test_refuses_what_is_no_schema(store: Mediator, schema: Json, pointer: str) -> None:
    with pytest.raises(InvalidValue) as refusal:
        await store.send(PutCollection(name="people", schema=schema))

    assert refusal.value.pointer == pointer
    with pytest.raises(CollectionNotFound):
        await store.send(GetCollection(name="people"))


async def test_digits_of_a_schema_count(store: Mediator) -> None:
    limit = Decimal("0.12345678901234567890")
    await store.send(PutCollection(name="exact", schema={"maximum": limit}))

    await store.send(CreateRecord(payload=limit, collection="exact"))
    with pytest.raises(SchemaViolated):
        await store.send(CreateRecord(payload=limit + Decimal("1e-20"), collection="exact"))


async def test_only_an_empty_one_can_be_deleted(store: Mediator) -> None:
    record = await store.send(CreateRecord(payload=1, collection="used"))
    await store.send(DeleteRecord(id=record.id))
    await store.send(PutCollection(name="empty"))

    await store.send(DeleteCollection(name="empty"))
    with pytest.raises(CollectionNotEmpty):
        await store.send(DeleteCollection(name="used"))
    with pytest.raises(CollectionNotFound):
        await store.send(DeleteCollection(name="empty"))

    assert [found.name for found in (await store.send(ListCollections(page=PageRequest(limit=9)))).items] == ["used"]


async def test_lists_them_page_by_page_in_the_order_in_which_they_were_made(store: Mediator) -> None:
    for name in ("b", "c", "a"):
        await store.send(PutCollection(name=name))

    first = await store.send(ListCollections(page=PageRequest(limit=2)))
    second = await store.send(ListCollections(page=PageRequest(limit=2, after=Cursor(first.items[-1].id))))
    last = await store.send(ListCollections(page=PageRequest(limit=1, backwards=True)))
    before = await store.send(
        ListCollections(page=PageRequest(limit=2, backwards=True, before=Cursor(last.items[0].id)))
    )

    assert [[found.name for found in page.items] for page in (first, second, last, before)] == [
        ["b", "c"],
        ["a"],
        ["a"],
        ["b", "c"],
    ]
    assert (first.has_next, second.has_next) == (True, False)


async def test_of_many_that_put_the_same_one_at_once_one_makes_it(store: Mediator) -> None:
    puts = await asyncio.gather(*(store.send(PutCollection(name="contested")) for _ in range(10)))

    assert sorted(put.collection.version for put in puts) == list(range(1, 11))
    assert [put.created for put in puts].count(True) == 1


async def test_records_and_the_deletion_of_their_collection_do_not_cross(store: Mediator) -> None:
    for _ in range(5):
        await store.send(PutCollection(name="contested"))

        outcomes = await asyncio.gather(
            *(store.send(CreateRecord(payload=n, collection="contested")) for n in range(4)),
            store.send(DeleteCollection(name="contested")),
            return_exceptions=True,
        )

        assert {type(outcome) for outcome in outcomes[4:]} <= {type(None), CollectionNotEmpty}
        created = [outcome for outcome in outcomes[:4] if isinstance(outcome, RecordView)]
        assert len(created) == 4
        for record in created:
            await store.send(GetRecord(id=record.id))
