"""Typed mutations: they do what `createRecord` and its like do, with inputs that have the types of the schema."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, Final

import httpx2
import pytest
from graphql import build_schema, validate_schema

from datastore_service.application.mediator import Mediator
from datastore_service.config.settings import Settings
from tests.apps import own_app
from tests.typed_examples import PEOPLE, SetCollections, entry_of

ID: Final = "01890a5d-ac96-774b-bcce-b302099a8050"
OTHER: Final = "01890a5d-ac96-774b-bcce-b302099a8051"
CREATE: Final = """mutation($input: CreatePersonInput!) { createPerson(input: $input) {
  person { id name status full_name meta { version tags collection } payload } userErrors { code path message } } }"""
REPLACE: Final = """mutation($input: ReplacePersonInput!) { replacePerson(input: $input) {
  person { name meta { version } payload } userErrors { code path currentVersion } } }"""
CHANGE: Final = """mutation($input: ChangePersonInput!) { changePerson(input: $input) {
  person { meta { version tags } payload } userErrors { code path currentVersion } } }"""
DELETE: Final = """mutation($input: DeletePersonInput!) { deletePerson(input: $input) {
  id userErrors { code path currentVersion } } }"""

type Json = Any
"""JSON as tests write it down."""

ADA: Final[dict[str, Json]] = {
    "name": "Ada",
    "born": 1815,
    "big": 1234567890123456789012345678901234567890,
    "score": 1.5,
    "active": True,
    "day": "1815-12-10",
    "joined": "2026-01-01T00:00:00+02:00",
    "employer_id": "0190aaaa-0000-7000-8000-000000000001",
    "status": "on_leave",
    "full_name": "Ada Lovelace",
    "secret": "s",
    "anything": {"a": [1, None]},
    "address": {"city": "London", "zip": None},
    "phones": ["1", "2"],
    "moods": ["happy"],
    "homes": [{"city": "Paris"}],
    "tree": {"label": "a", "up": {"label": "b"}},
    "pet": {"cat": {"lives": 9}},
}
STORED: Final[dict[str, Json]] = {
    **{name: value for name, value in ADA.items() if name not in ("full_name", "status", "pet")},
    "full-name": "Ada Lovelace",
    "status": "on-leave",
    "pet": {"kind": "cat", "lives": 9},
}


@dataclass(frozen=True, slots=True)
class Service:
    """A client of the service, and the typed collections that it has."""

    http: httpx2.AsyncClient
    collections: SetCollections

    async def ask(self, query: str, **variables: object) -> Json:
        return (await self.http.post("/graphql", json={"query": query, "variables": variables})).json()

    async def data(self, query: str, **variables: object) -> Json:
        answer = await self.ask(query, **variables)
        assert "errors" not in answer, answer
        return answer["data"]

    async def create(self, **given: object) -> Json:
        return (await self.data(CREATE, input=given))["createPerson"]

    async def replace(self, **given: object) -> Json:
        return (await self.data(REPLACE, input=given))["replacePerson"]

    async def change(self, **given: object) -> Json:
        return (await self.data(CHANGE, input=given))["changePerson"]

    async def delete(self, **given: object) -> Json:
        return (await self.data(DELETE, input=given))["deletePerson"]


@pytest.fixture
async def service(settings: Settings, mediator: Mediator) -> AsyncGenerator[Service]:
    app, collections = own_app(settings, mediator), SetCollections(entry_of())
    await app.state.graphql.start(collections)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost:8080") as client:
        await client.put("/collections/people", json={"schema": PEOPLE})
        yield Service(client, collections)
    await app.state.graphql.close()


async def test_a_record_is_created_with_the_values_that_its_input_stands_for(service: Service) -> None:
    created = await service.create(id=ID, person=ADA, tags=["b", "a"])

    assert created == {
        "person": {
            "id": ID,
            "name": "Ada",
            "status": "on_leave",
            "full_name": "Ada Lovelace",
            "meta": {"version": 1, "tags": ["a", "b"], "collection": "people"},
            "payload": STORED,
        },
        "userErrors": [],
    }
    assert (await service.http.get(f"/records/{ID}")).json()["payload"] == STORED


async def test_an_input_may_be_written_into_the_document(service: Service) -> None:
    query = """mutation { createPerson(input: {person: {
      name: "Ada", status: on_leave, big: 1234567890123456789012345678901234567890, pet: {dog: {barks: true}}
    }}) { person { payload } } }"""

    created = await service.http.post("/graphql", json={"query": query})

    payload = created.json()["data"]["createPerson"]["person"]["payload"]
    assert payload == {
        "name": "Ada",
        "status": "on-leave",
        "big": 1234567890123456789012345678901234567890,
        "pet": {"kind": "dog", "barks": True},
    }


@pytest.mark.parametrize(
    ("person", "path"),
    [
        ({"born": -1}, ["person", "born"]),
        ({"full_name": None}, ["person", "full_name"]),
        ({"homes": [{"city": "a"}, {"city": "b", "zip": "\0"}]}, ["person", "homes", "1", "zip"]),
        ({"tree": {"up": {"below": [{"label": "\0"}]}}}, ["person", "tree", "up", "below", "0", "label"]),
    ],
)
async def test_a_refusal_points_into_the_typed_input(
    service: Service, person: dict[str, Json], path: list[str]
) -> None:
    created = await service.create(person={"name": "Ada", "status": "active", **person})

    assert created["person"] is None
    assert [error["path"] for error in created["userErrors"]] == [path]
    assert created["userErrors"][0]["code"] in ("schema_violated", "validation_failed")


async def test_a_member_of_another_type_is_refused_before_the_mutation(service: Service) -> None:
    answer = await service.ask(CREATE, input={"person": {"name": "Ada", "status": "on-leave"}})

    assert "PersonStatus" in answer["errors"][0]["message"]


async def test_an_id_is_used_once(service: Service) -> None:
    await service.create(id=ID, person=ADA)

    again = await service.create(id=ID, person=ADA)

    assert [(error["code"], error["path"]) for error in again["userErrors"]] == [("record_exists", ["id"])]


async def test_a_default_of_the_schema_is_that_of_the_input(service: Service) -> None:
    properties: dict[str, Json] = {
        **PEOPLE["properties"],
        "status": {**PEOPLE["properties"]["status"], "default": "on-leave"},
        "phones": {**PEOPLE["properties"]["phones"], "default": ["0"]},
        "address": {"$ref": "#/$defs/Address", "default": {"city": "Rome"}},
        "hidden": {"type": "string", "x-name": False, "default": "h"},
    }
    schema: Json = {**PEOPLE, "properties": properties}
    service.collections.set(entry_of(schema=schema))
    sdl = (await service.http.get("/graphql/schema")).text

    created = await service.create(person={"name": "Ada"})

    assert "status: PersonStatus = on_leave" in sdl
    assert 'phones: [String!] = ["0"]' in sdl
    assert created["person"]["payload"] == {
        "name": "Ada",
        "status": "on-leave",
        "phones": ["0"],
        "address": {"city": "Rome"},
        "hidden": "h",
    }


async def test_inputs_leave_out_what_clients_do_not_give(service: Service) -> None:
    properties: dict[str, Json] = {**PEOPLE["properties"], "born": {"type": "integer", "readOnly": True}}
    schema: Json = {**PEOPLE, "properties": properties}
    service.collections.set(entry_of(schema=schema))

    sdl = (await service.http.get("/graphql/schema")).text
    new = sdl.split("input NewPerson {")[1].split("\n}")[0]

    assert "name: String!" in new
    assert "secret: String" in new
    assert not [name for name in ("born", "hidden") if f"  {name}:" in new]


async def test_a_record_is_replaced_at_the_expected_version(service: Service) -> None:
    await service.create(id=ID, person=ADA)

    refused = await service.replace(id=ID, person={"name": "Bob", "status": "active"}, expectedVersion=2)
    replaced = await service.replace(id=ID, person={"name": "Bob", "status": "active"}, expectedVersion=1)

    error = {"code": "precondition_failed", "path": ["expectedVersion"], "currentVersion": 1}
    assert refused == {"person": None, "userErrors": [error]}
    assert replaced["person"] == {
        "name": "Bob",
        "meta": {"version": 2},
        "payload": {"name": "Bob", "status": "active"},
    }


async def test_a_replacement_creates_a_record_that_does_not_exist(service: Service) -> None:
    refused = await service.replace(id=ID, person=ADA, expectExisting=True)
    created = await service.replace(id=ID, person=ADA, expectExisting=False)

    error = {"code": "precondition_failed", "path": ["expectExisting"], "currentVersion": None}
    assert refused == {"person": None, "userErrors": [error]}
    assert created["person"]["meta"] == {"version": 1}


async def test_a_record_of_another_collection_is_not_touched(service: Service) -> None:
    await service.http.post("/records", json={"id": OTHER, "collection": "things", "payload": 1})

    replaced = await service.replace(id=OTHER, person=ADA)
    deleted = await service.delete(id=OTHER)

    assert [(error["code"], error["path"]) for error in replaced["userErrors"]] == [("collection_mismatch", ["id"])]
    assert [(error["code"], error["path"]) for error in deleted["userErrors"]] == [("record_not_found", ["id"])]
    assert (await service.http.get(f"/records/{OTHER}")).json()["version"] == 1


async def test_a_record_is_deleted_at_the_expected_version(service: Service) -> None:
    await service.create(id=ID, person=ADA)

    refused = await service.delete(id=ID, expectedVersion=2)
    deleted = await service.delete(id=ID, expectedVersion=1)

    error = {"code": "precondition_failed", "path": ["expectedVersion"], "currentVersion": 1}
    assert refused == {"id": None, "userErrors": [error]}
    assert deleted == {"id": ID, "userErrors": []}
    assert (await service.data("query($id: UUID!) { person(id: $id) { id } }", id=ID)) == {"person": None}


async def test_a_request_that_is_sent_again_is_carried_out_once(service: Service) -> None:
    body, key = {"query": CREATE, "variables": {"input": {"person": ADA}}}, {"Idempotency-Key": '"a"'}

    first = await service.http.post("/graphql", json=body, headers=key)
    again = await service.http.post("/graphql", json=body, headers=key)

    assert first.json() == again.json()
    assert first.json()["data"]["createPerson"]["userErrors"] == []


async def test_a_change_sets_members_and_takes_members_away(service: Service) -> None:
    await service.create(id=ID, person=ADA, tags=["a"])

    changed = await service.change(
        id=ID,
        expectedVersion=1,
        set={"full_name": "A", "status": "active", "phones": [], "address": {"zip": "1"}, "pet": {"dog": {}}},
        unset=["born", "tree_up", "homes"],
    )

    payload = {name: value for name, value in STORED.items() if name not in ("born", "homes")}
    assert changed["userErrors"] == []
    assert changed["person"]["meta"] == {"version": 2, "tags": ["a"]}
    assert changed["person"]["payload"] == {
        **payload,
        "full-name": "A",
        "status": "active",
        "phones": [],
        "address": {"city": "London", "zip": "1"},
        "pet": {"kind": "dog"},
        "tree": {"label": "a"},
    }


async def test_a_change_makes_the_objects_on_the_way_and_sets_null(service: Service) -> None:
    await service.create(id=ID, person={"name": "Ada", "status": "active"})

    changed = await service.change(id=ID, set={"address": {"city": "Rome", "zip": None}}, tags=["b"])

    assert changed["person"] == {
        "meta": {"version": 2, "tags": ["b"]},
        "payload": {"name": "Ada", "status": "active", "address": {"city": "Rome", "zip": None}},
    }


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"set": {"born": -1}}, ["set", "born"]),
        ({"set": {"full_name": None}, "unset": ["big"]}, ["set", "full_name"]),
        ({"set": {"address": {"zip": "\0", "city": "a"}}}, ["set", "address", "zip"]),
        ({"set": {"address": {"zip": "1"}}}, ["set", "address"]),
        ({"set": {"address": {"city": "a"}}, "unset": ["born", "address_zip", "address"]}, ["unset", "2"]),
        ({"set": {"address": None}, "unset": ["address_zip"]}, ["unset", "0"]),
        ({"tags": [""]}, ["tags", "0"]),
        ({"expectedVersion": 2}, ["expectedVersion"]),
    ],
)
async def test_a_change_that_is_refused_changes_nothing(
    service: Service, change: dict[str, Json], path: list[str]
) -> None:
    await service.create(id=ID, person={"name": "Ada", "status": "active"})

    changed = await service.change(id=ID, **change)

    assert changed["person"] is None
    assert [error["path"] for error in changed["userErrors"]] == [path]
    assert (await service.http.get(f"/records/{ID}")).json()["version"] == 1


async def test_a_change_that_is_sent_again_is_carried_out_once(service: Service) -> None:
    await service.create(id=ID, person={"name": "Ada", "status": "active"})
    changes = {"id": ID, "set": {"big": ADA["big"]}, "unset": ["address_zip"], "tags": ["a"]}
    body, key = {"query": CHANGE, "variables": {"input": changes}}, {"Idempotency-Key": '"b"'}

    first = await service.http.post("/graphql", json=body, headers=key)
    await service.change(id=ID, set={"born": 1})
    again = await service.http.post("/graphql", json=body, headers=key)

    assert first.json()["data"]["changePerson"]["person"]["meta"]["version"] == 2
    assert again.json() == first.json()


async def test_a_change_finds_only_records_of_its_collection(service: Service) -> None:
    await service.http.post("/records", json={"id": OTHER, "collection": "things", "payload": {}})

    changed = await service.change(id=OTHER, set={"born": 1})

    assert [(error["code"], error["path"]) for error in changed["userErrors"]] == [("record_not_found", ["id"])]


async def test_only_members_that_a_record_may_lack_are_taken_away(service: Service) -> None:
    answer = await service.ask(CHANGE, input={"id": ID, "unset": ["name"]})

    assert "PersonField" in answer["errors"][0]["message"]


SHAPES: Final[dict[str, Json]] = {
    "type": "object",
    "properties": {
        "shape": {
            "oneOf": [
                {
                    "type": "object",
                    "required": ["kind"],
                    "properties": {"kind": {"const": "circle"}, "note": {"type": "string"}},
                },
                {
                    "type": "object",
                    "required": ["kind"],
                    "properties": {"kind": {"const": "dot", "readOnly": True}},
                },
            ]
        },
        "count": {"type": "integer", "minimum": 0, "maximum": 9, "default": 5_000_000_000},
        "next": {"$ref": "#/$defs/Next"},
        "a": {"type": "string"},
        "b": {"type": "string"},
    },
    "dependentRequired": {"a": ["b"]},
    "$defs": {
        "Next": {"type": "object", "required": ["next"], "properties": {"next": {"$ref": "#/$defs/Next"}}},
    },
}


@pytest.fixture
async def shapes(service: Service) -> Service:
    service.collections.set(entry_of(schema=SHAPES))
    await service.http.put("/collections/people", json={"schema": SHAPES})
    assert not validate_schema(build_schema((await service.http.get("/graphql/schema")).text))
    return service


async def created(service: Service, person: Json) -> Json:
    query = (
        "mutation($new: NewPerson!) { createPerson(input: {person: $new}) { person { payload } userErrors { path } } }"
    )
    return await service.ask(query, new=person)


async def test_a_refusal_points_into_the_alternative_that_was_given(shapes: Service) -> None:
    answer = await created(shapes, {"count": 1, "shape": {"circle": {"note": "\0"}}})

    assert answer["data"]["createPerson"]["userErrors"] == [{"path": ["person", "shape", "circle", "note"]}]


async def test_an_alternative_without_members_of_its_own_is_an_empty_object(shapes: Service) -> None:
    good = await created(shapes, {"count": 1, "shape": {"dot": {}}})
    bad = await created(shapes, {"count": 1, "shape": {"dot": 1}})

    assert good["data"]["createPerson"]["person"]["payload"] == {"count": 1, "shape": {"kind": "dot"}}
    assert "dot of NewPersonShape is an object." in bad["errors"][0]["message"]


async def test_a_default_that_graphql_cannot_declare_is_put_in_and_judged(shapes: Service) -> None:
    answer = await created(shapes, {})

    assert answer["data"]["createPerson"]["userErrors"] == [{"path": ["person", "count"]}]


async def test_a_member_that_others_need_is_not_taken_away(shapes: Service) -> None:
    query = """mutation($id: UUID!) {
      createPerson(input: {id: $id, person: {count: 1, a: "a", b: "b"}}) { person { id } }
      changePerson(input: {id: $id, unset: [b]}) { userErrors { code path } } }"""

    data = await shapes.data(query, id=ID)

    assert data["changePerson"] == {"userErrors": [{"code": "schema_violated", "path": ["unset"]}]}
