"""What would come of another schema: on the fakes and on PostgreSQL."""

from uuid import UUID

import pytest

from datastore_service.application.mediator import Mediator
from datastore_service.application.ports.graphql_names import CoreNames
from datastore_service.application.read.queries.check_collection import CheckCollection, CollectionReport
from datastore_service.application.read.queries.get_collection import GetCollection
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.delete_record import DeleteRecord
from datastore_service.application.write.commands.put_collection import PutCollection
from datastore_service.domain.errors import InvalidValue
from datastore_service.domain.json_value import Json
from datastore_service.domain.typed.errors import KeywordInvalid, NameInvalid
from datastore_service.domain.typed.model import CollectionApi
from tests.fakes.application import in_memory_mediator

TEXTS: Json = {"type": "object", "properties": {"name": {"type": "string"}}}
REQUIRED: Json = {"type": "object", "properties": {"name": {"type": "string"}}, "required": ["name"]}
PERSON = CollectionApi.of("people", type_name="Person", node="typed")


async def create(store: Mediator, *payloads: Json, collection: str = "people") -> list[UUID]:
    return [(await store.send(CreateRecord(payload=each, collection=collection))).id for each in payloads]


def kinds(report: CollectionReport) -> list[str]:
    return [change.kind for change in report.changes]


async def test_tells_the_changes_and_the_documents_that_do_not_fit_and_changes_nothing(store: Mediator) -> None:
    await store.send(PutCollection(name="people", schema=TEXTS))
    ids = await create(store, {"name": "Ada"}, {}, {"name": "Grace"}, {})
    await create(store, {}, collection="others")
    await store.send(DeleteRecord(id=ids[3]))
    before = await store.send(GetCollection(name="people"))

    report = await store.send(CheckCollection(name="people", schema=REQUIRED))

    assert (report.verdict, kinds(report)) == ("needs_documents", ["required_added"])
    assert (report.documents.checked, report.documents.misfits) == (3, 1)
    [sample] = report.documents.samples
    assert (sample.id, sample.version) == (ids[1], 1)
    assert [pointer for pointer, _ in sample.errors] == [""]
    assert report.documents.as_of is not None
    assert await store.send(GetCollection(name="people")) == before


async def test_documents_that_were_there_before_the_schema_are_looked_at_even_if_it_stays(store: Mediator) -> None:
    await create(store, {"name": 1})
    await store.send(PutCollection(name="people", schema=TEXTS))

    report = await store.send(CheckCollection(name="people", schema=TEXTS))

    assert (report.verdict, kinds(report), report.documents.misfits) == ("needs_documents", [], 1)


async def test_a_schema_that_all_fit(store: Mediator) -> None:
    await store.send(PutCollection(name="people", schema=REQUIRED))
    await create(store, {"name": "Ada"})

    same = await store.send(CheckCollection(name="people", schema=REQUIRED))
    looser = await store.send(CheckCollection(name="people", schema=TEXTS))
    none = await store.send(CheckCollection(name="people"))

    assert (same.verdict, looser.verdict, none.verdict) == ("same", "fits", "fits")
    assert kinds(looser) == ["required_removed"]
    assert (none.documents.checked, none.documents.as_of) == (0, None)


async def test_a_collection_that_is_not_there_has_nothing_to_change(store: Mediator) -> None:
    report = await store.send(CheckCollection(name="people", schema=REQUIRED, api=PERSON))

    assert (report.verdict, report.changes, report.documents.checked) == ("fits", [], 0)
    assert {"Person", "Query.people"} <= set(report.claimed)


async def test_with_types_it_tells_names_and_what_has_no_type(store: Mediator) -> None:
    await store.send(PutCollection(name="people", schema=TEXTS, api=PERSON))
    schema: Json = {"type": "object", "properties": {"name": {"type": "string"}, "more": {}}}

    refused = await store.send(CheckCollection(name="people", schema=REQUIRED, api=PERSON))
    allowed = await store.send(
        CheckCollection(name="people", schema=REQUIRED, api=PERSON, allow=frozenset({"writers"}))
    )
    noted = await store.send(CheckCollection(name="people", schema=schema, api=PERSON))

    assert (refused.verdict, allowed.verdict, noted.verdict) == ("refused", "fits", "fits")
    assert [note.pointer for note in noted.notes] == ["/properties/more"]


async def test_with_types_formats_are_asserted(store: Mediator) -> None:
    schema: Json = {
        "type": "object",
        "properties": {"day": {"type": "string", "format": "date"}, "count": {"type": "integer", "format": "int32"}},
    }
    await create(store, {"day": "today"}, {"day": "2026-12-01", "count": 2**31}, {"day": "2026-12-01", "count": 1})

    untyped = await store.send(CheckCollection(name="people", schema=schema))
    typed = await store.send(CheckCollection(name="people", schema=schema, api=PERSON))

    assert (untyped.documents.misfits, typed.documents.misfits) == (0, 2)
    assert [[pointer for pointer, _ in each.errors] for each in typed.documents.samples] == [["/day"], ["/count"]]


async def test_names_that_two_things_would_have_are_told(store: Mediator) -> None:
    api = CollectionApi(type="Person", one="people", many="people")

    report = await store.send(CheckCollection(name="people", schema=TEXTS, api=api))

    assert report.verdict == "refused"
    assert [(flaw.pointer, flaw.owner) for flaw in report.taken] == [("/api/many", "collection people, api/one")]


async def test_what_is_no_schema_or_no_type_is_refused(store: Mediator) -> None:
    with pytest.raises(InvalidValue) as refusal:
        await store.send(CheckCollection(name="people", schema={"type": "person"}))
    assert refusal.value.pointer == "/schema/type"
    with pytest.raises(InvalidValue):
        await store.send(CheckCollection(name="-", schema=TEXTS))
    with pytest.raises(NameInvalid):
        await store.send(CheckCollection(name="people", schema=TEXTS, api=CollectionApi(type="a b", one="a", many="b")))
    with pytest.raises(KeywordInvalid):
        await store.send(CheckCollection(name="people", schema=True, api=PERSON))


async def test_only_the_first_misfits_are_told(store: Mediator) -> None:
    await create(store, *range(12))

    report = await store.send(CheckCollection(name="people", schema=TEXTS))

    assert (report.documents.misfits, len(report.documents.samples)) == (12, 10)


async def test_names_of_the_service_are_taken() -> None:
    class OneName:
        def all(self) -> frozenset[str]:
            return frozenset({"PersonEdge"})

    store = in_memory_mediator({CoreNames: OneName})

    report = await store.send(CheckCollection(name="people", schema=TEXTS, api=PERSON))

    assert report.verdict == "refused"
    assert [(flaw.pointer, flaw.owner) for flaw in report.taken] == [("/api/type", "Datastore")]
