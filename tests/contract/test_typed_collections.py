"""Typed collections: no live record breaks the schema, and no change breaks clients unasked."""

import json

import pytest

from datastore_service.application.errors import OperationRefused, SchemaChangeRefused
from datastore_service.application.mediator import Mediator
from datastore_service.application.messages import Command
from datastore_service.application.read.queries.check_collection import CheckCollection
from datastore_service.application.read.queries.get_collection import GetCollection
from datastore_service.application.views import CollectionView, RecordView
from datastore_service.application.write.commands.apply_batch import ApplyBatch, Operation
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.delete_collection import DeleteCollection
from datastore_service.application.write.commands.delete_record import DeleteRecord
from datastore_service.application.write.commands.patch_collection import PatchCollection
from datastore_service.application.write.commands.patch_record import PatchRecord
from datastore_service.application.write.commands.put_collection import PutCollection
from datastore_service.application.write.commands.replace_record import ReplaceRecord
from datastore_service.application.write.commands.restore_record import RestoreRecord
from datastore_service.application.write.commands.revert_record import RevertRecord
from datastore_service.domain.collections.retention import Retention
from datastore_service.domain.errors import InvalidValue, PreconditionFailed, SchemaViolated
from datastore_service.domain.json_value import Json
from datastore_service.domain.preconditions import Precondition
from datastore_service.domain.records.patches import MergePatch
from datastore_service.domain.typed.errors import KeywordInvalid, NameInvalid, NameTaken
from datastore_service.domain.typed.model import CollectionApi
from tests.fixtures import WITH_LOCKING

pytestmark = pytest.mark.parametrize("store", WITH_LOCKING, indirect=True)

PERSON = CollectionApi.of("people", type_name="Person", node="typed")


def people(**members: Json) -> Json:
    return {"type": "object", "properties": {"name": {"type": "string"}, **members}}


def closed(**members: Json) -> Json:
    return {"type": "object", "additionalProperties": False, "properties": {"name": {"type": "string"}, **members}}


async def put(store: Mediator, schema: Json, *allow: str, api: CollectionApi = PERSON) -> CollectionView:
    command = PutCollection(name="people", schema=schema, api=api, allow=frozenset(allow))  # pyright: ignore[reportArgumentType] - effects
    return (await store.send(command)).collection


async def create(store: Mediator, payload: Json) -> RecordView:
    return await store.send(CreateRecord(payload=payload, collection="people"))


async def current(store: Mediator) -> CollectionView:
    return await store.send(GetCollection(name="people"))


async def test_a_collection_is_made_typed(store: Mediator) -> None:
    made = await store.send(PutCollection(name="people", schema=people(), api=PERSON))

    assert made.created
    assert (made.collection.api, made.collection.version) == (PERSON, 1)
    assert made.collection.typed_since is not None
    found = await current(store)
    assert (found.api, found.typed_since) == (PERSON, made.collection.typed_since)


async def test_one_whose_records_fit_becomes_typed(store: Mediator) -> None:
    await create(store, {"name": "Ada"})
    other = await create(store, {"name": 1})
    await store.send(DeleteRecord(id=other.id))

    typed = await put(store, people())

    assert (typed.api, typed.version) == (PERSON, 2)
    found = await current(store)
    assert (found.api, found.typed_since, found.version) == (PERSON, typed.typed_since, 2)


async def test_a_record_that_does_not_fit_refuses_it_and_the_report_names_it(store: Mediator) -> None:
    await create(store, {"name": "Ada"})
    misfit = await create(store, {"name": 1})
    before = await current(store)

    with pytest.raises(SchemaChangeRefused) as refusal:
        await put(store, people())

    report = json.loads(refusal.value.report)
    assert report["verdict"] == "needs_documents"
    assert report["documents"]["samples"][0]["id"] == str(misfit.id)
    assert refusal.value.detail == "Records that do not fit: 1 of 2."
    assert await current(store) == before


@pytest.mark.parametrize(
    ("payload", "member"),
    [({"name": 1}, "name"), ({"day": "today"}, "day"), ({"count": 2**31}, "count")],
)
async def test_no_write_brings_what_does_not_fit_and_formats_are_asserted(
    store: Mediator, payload: Json, member: str
) -> None:
    gone = await create(store, payload)
    await store.send(DeleteRecord(id=gone.id))
    changed = await create(store, payload)
    await store.send(ReplaceRecord(id=changed.id, payload={"name": "Ada"}))
    await put(store, people(day={"type": "string", "format": "date"}, count={"type": "integer", "format": "int32"}))

    commands: list[Command[object]] = [
        CreateRecord(payload=payload, collection="people"),
        ReplaceRecord(id=changed.id, payload=payload),
        PatchRecord(id=changed.id, patch=MergePatch({"payload": payload})),
        RestoreRecord(id=gone.id),
        RevertRecord(id=changed.id, version=1),
    ]
    for command in commands:
        with pytest.raises(SchemaViolated) as refusal:
            await store.send(command)
        assert [pointer for pointer, _ in refusal.value.violations] == [f"/payload/{member}"]
    operation = Operation(change=CreateRecord(payload=payload, collection="people"))
    with pytest.raises(OperationRefused):
        await store.send(ApplyBatch(operations=[operation]))


async def test_without_types_formats_are_not_asserted(store: Mediator) -> None:
    await store.send(PutCollection(name="people", schema=people(day={"type": "string", "format": "date"})))

    assert (await create(store, {"day": "today"})).version == 1


async def test_a_change_that_breaks_clients_has_to_be_allowed(store: Mediator) -> None:
    await put(store, closed(born={"type": "integer"}))
    before = await current(store)

    with pytest.raises(SchemaChangeRefused) as refusal:
        await put(store, closed())
    with pytest.raises(SchemaChangeRefused):
        await put(store, closed(), "readers")
    assert await current(store) == before
    changed = await put(store, closed(), "readers", "writers")

    assert "member_removed at /born" in refusal.value.detail
    assert 'allow: ["readers", "writers"]' in refusal.value.detail
    assert changed.version == 2


async def test_typing_one_that_had_no_types_breaks_no_client(store: Mediator) -> None:
    await store.send(PutCollection(name="people", schema=closed(born={"type": "integer"})))

    report = await store.send(CheckCollection(name="people", schema=closed(), api=PERSON))
    typed = await put(store, closed())

    assert (report.verdict, typed.api) == ("fits", PERSON)


async def test_the_time_since_when_records_fit_moves_only_if_structure_does_not_prove_it(store: Mediator) -> None:
    first = await put(store, closed())
    wider = await put(store, closed(born={"type": "integer"}))
    narrower = await put(store, closed(born={"type": "integer", "minimum": 0}), "writers")

    assert first.typed_since is not None
    assert wider.typed_since == first.typed_since
    assert narrower.typed_since is not None
    assert narrower.typed_since > first.typed_since


async def test_other_names_break_clients(store: Mediator) -> None:
    await put(store, people())
    human = CollectionApi.of("people", type_name="Human", one="person", node="typed")

    report = await store.send(CheckCollection(name="people", schema=people(), api=human))
    with pytest.raises(SchemaChangeRefused):
        await put(store, people(), api=human)
    renamed = await put(store, people(), "readers", "writers", api=human)

    assert (report.verdict, [change.pointer for change in report.changes]) == ("refused", ["/api/type"])
    assert renamed.api == human


async def test_a_put_without_api_leaves_the_types_and_one_without_a_schema_is_refused(store: Mediator) -> None:
    await put(store, people())

    changed = await store.send(PutCollection(name="people", schema=people(born={"type": "integer"})))
    kept = await store.send(PutCollection(name="people", schema=people(born={"type": "integer"}), retention=DAYS))
    with pytest.raises(KeywordInvalid) as refusal:
        await store.send(PutCollection(name="people"))

    assert (changed.collection.api, kept.collection.api, kept.collection.retention) == (PERSON, PERSON, DAYS)
    assert kept.collection.typed_since == changed.collection.typed_since
    assert [flaw.pointer for flaw in refusal.value.flaws] == ["/schema"]


DAYS = Retention(days=7)


async def test_types_are_taken_away_by_saying_so_and_the_names_are_free_again(store: Mediator) -> None:
    await put(store, people(day={"type": "string", "format": "date"}))

    untyped = await store.send(PutCollection(name="people", schema=people(), api=None))
    await store.send(PutCollection(name="humans", schema=people(), api=PERSON))

    assert (untyped.collection.api, untyped.collection.typed_since) == (None, None)
    assert (await create(store, {"day": "today"})).version == 1


async def test_a_name_belongs_to_one_collection(store: Mediator) -> None:
    await put(store, people())
    api = CollectionApi.of("humans", type_name="Person", one="human", node="typed")

    report = await store.send(CheckCollection(name="humans", schema=people(), api=api))
    with pytest.raises(NameTaken) as refusal:
        await store.send(PutCollection(name="humans", schema=people(), api=api))

    assert report.verdict == "refused"
    assert {flaw.owner for flaw in refusal.value.flaws} == {"collection people, api/type"}
    await store.send(PutCollection(name="humans", schema=people()))
    with pytest.raises(NameTaken):
        await store.send(PutCollection(name="humans", schema=people(), api=api))
    assert (await store.send(GetCollection(name="humans"))).api is None


async def test_a_patch_changes_types_in_part(store: Mediator) -> None:
    await store.send(PutCollection(name="people", schema=people(), retention=DAYS))

    typed = await store.send(PatchCollection(name="people", patch=MergePatch({"api": {"type": "Person"}})))
    wider = await store.send(
        PatchCollection(name="people", patch=MergePatch({"schema": {"properties": {"born": {"type": "integer"}}}}))
    )
    renamed = await store.send(
        PatchCollection(name="people", patch=MergePatch({"api": {"one": "human"}}), allow=frozenset({"readers"}))
    )
    untyped = await store.send(PatchCollection(name="people", patch=MergePatch({"api": None})))

    assert (typed.api, wider.api, wider.retention) == (PERSON, PERSON, DAYS)
    assert renamed.api == CollectionApi(type="Person", one="human", many="people")
    assert (untyped.api, untyped.schema is None) == (None, False)


@pytest.mark.parametrize(
    ("api", "pointer"),
    [
        ("Person", "/api"),
        ({"one": "person"}, "/api/type"),
        ({"type": 1}, "/api/type"),
        ({"type": "Person", "node": "any"}, "/api/node"),
        ({"type": "Person", "plural": "people"}, "/api/plural"),
    ],
)
async def test_a_patch_of_the_names_that_is_none_is_refused(store: Mediator, api: Json, pointer: str) -> None:
    await store.send(PutCollection(name="people", schema=people()))

    with pytest.raises(InvalidValue) as refusal:
        await store.send(PatchCollection(name="people", patch=MergePatch({"api": api})))

    assert refusal.value.pointer == pointer


async def test_what_has_no_types_is_refused(store: Mediator) -> None:
    with pytest.raises(NameInvalid):
        await put(store, people(), api=CollectionApi.of("people", type_name="Per-son", node="typed"))
    with pytest.raises(KeywordInvalid):
        await put(store, {"type": "string"})
    with pytest.raises(KeywordInvalid) as refusal:
        await put(store, people(email={"type": "string", "x-unique": True}))

    assert [flaw.pointer for flaw in refusal.value.flaws] == ["/schema/properties/email/x-unique"]


async def test_a_collection_in_another_state_is_left_alone(store: Mediator) -> None:
    await put(store, people())

    with pytest.raises(PreconditionFailed):
        await store.send(
            PutCollection(name="people", schema=closed(), api=PERSON, precondition=Precondition(match=frozenset({2})))
        )


async def test_a_deleted_collection_frees_its_names(store: Mediator) -> None:
    await put(store, people())
    await store.send(DeleteCollection(name="people"))

    made = await store.send(PutCollection(name="humans", schema=people(), api=PERSON))

    assert made.created
