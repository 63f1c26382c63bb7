"""Typed collections over GraphQL: their records have types, filters and orders of their own."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import httpx2
import pytest
from graphql import build_schema

from datastore_service.application.mediator import Mediator
from datastore_service.config.settings import Settings
from tests.apps import own_app
from tests.typed_examples import PEOPLE, SetCollections, entry_of

IDS: Final = [f"01890a5d-ac96-774b-bcce-b302099a805{digit}" for digit in range(4)]
type Json = Any
"""JSON as tests write it down."""

ADA: Final[dict[str, Json]] = {
    "name": "Ada",
    "email": "ada@example.org",
    "born": 1815,
    "big": 1234567890123456789012345678901234567890,
    "score": 1.5,
    "active": True,
    "day": "1815-12-10",
    "joined": "2026-01-01T00:00:00+02:00",
    "employer_id": "0190aaaa-0000-7000-8000-000000000001",
    "status": "on-leave",
    "full-name": "Ada Lovelace",
    "hidden": "h",
    "secret": "s",
    "unfiltered": "u",
    "anything": {"a": [1, None]},
    "address": {"city": "London", "zip": None},
    "phones": ["1", "2"],
    "moods": ["happy"],
    "seen": ["2026-01-01T00:00:00+02:00", "2026-01-02T00:00:00Z"],
    "homes": [{"city": "Paris"}, {"city": "Rome", "zip": "00"}],
    "tree": {"label": "a", "up": {"label": "b"}, "below": [{"label": "c"}]},
    "pet": {"kind": "cat", "lives": 9},
}
BOB: Final[dict[str, Json]] = {
    "name": "Bob",
    "status": "active",
    "born": 1900,
    "joined": "2025-12-31T23:00:00Z",
    "active": False,
}
CYD: Final[dict[str, Json]] = {"name": "Cyd", "status": "active", "pet": {"kind": "dog", "barks": True}, "phones": []}


@dataclass(frozen=True, slots=True)
class Service:
    """A client of the service, and the typed collections that it has."""

    http: httpx2.AsyncClient
    collections: SetCollections

    async def ask(self, query: str, **variables: object) -> Json:
        response = await self.http.post("/graphql", json={"query": query, "variables": variables})
        return response.json()

    async def data(self, query: str, **variables: object) -> Json:
        answer = await self.ask(query, **variables)
        assert "errors" not in answer, answer
        return answer["data"]

    async def names(self, **variables: object) -> list[str]:
        query = "query($f: PersonFilter, $o: [PersonOrder!]) { people(filter: $f, orderBy: $o) { nodes { name } } }"
        return [node["name"] for node in (await self.data(query, **variables))["people"]["nodes"]]


@pytest.fixture
async def service(settings: Settings, mediator: Mediator) -> AsyncGenerator[Service]:
    app, collections = own_app(settings, mediator), SetCollections(entry_of())
    await app.state.graphql.start(collections)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost:8080") as client:
        for record_id, payload in zip(IDS, (ADA, BOB, CYD), strict=False):
            body = {"id": record_id, "collection": "people", "payload": payload, "tags": [payload["name"]]}
            assert (await client.post("/records", json=body)).status_code == 201
        yield Service(client, collections)
    await app.state.graphql.close()


async def test_a_record_has_the_members_of_its_schema(service: Service) -> None:
    query = """query($id: UUID!) { person(id: $id) {
      __typename id meta { version tags collection deletedAt }
      name email born score active day joined employer_id status full_name anything
      address { city zip } phones moods homes { city zip } tree { label up { label up { label } } below { label } }
      pet { __typename ... on PersonPetCat { kind lives } ... on PersonPetDog { barks } }
      payload(path: "hidden")
    } }"""

    found = (await service.data(query, id=IDS[0]))["person"]

    assert found == {
        "__typename": "Person",
        "id": IDS[0],
        "meta": {"version": 1, "tags": ["Ada"], "collection": "people", "deletedAt": None},
        **{name: ADA[name] for name in ("name", "email", "born", "score", "active", "day", "joined", "employer_id")},
        "status": "on_leave",
        "full_name": "Ada Lovelace",
        "anything": {"a": [1, None]},
        "address": {"city": "London", "zip": None},
        "phones": ["1", "2"],
        "moods": ["happy"],
        "homes": [{"city": "Paris", "zip": None}, {"city": "Rome", "zip": "00"}],
        "tree": {"label": "a", "up": {"label": "b", "up": None}, "below": [{"label": "c"}]},
        "pet": {"__typename": "PersonPetCat", "kind": "cat", "lives": 9},
        "payload": "h",
    }


async def test_numbers_keep_all_their_digits(service: Service) -> None:
    response = await service.http.post("/graphql", json={"query": f'{{ person(id: "{IDS[0]}") {{ big }} }}'})

    assert response.text == '{"data":{"person":{"big":1234567890123456789012345678901234567890}}}'


async def test_what_is_absent_is_null(service: Service) -> None:
    found = await service.data(
        f'{{ person(id: "{IDS[1]}") {{ email address {{ city }} phones pet {{ __typename }} }} }}'
    )

    assert found["person"] == {"email": None, "address": None, "phones": None, "pet": None}


async def test_a_record_of_another_collection_is_not_found(service: Service) -> None:
    body = {"id": IDS[3], "collection": "things", "payload": {"name": "a", "status": "active"}}
    await service.http.post("/records", json=body)

    assert await service.data(f'{{ person(id: "{IDS[3]}") {{ id }} }}') == {"person": None}


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ({}, ["Ada", "Bob", "Cyd"]),
        ({"name": {"eq": "Ada"}}, ["Ada"]),
        ({"name": {"startsWith": "B"}}, ["Bob"]),
        ({"full_name": {"like": "%Love%"}}, ["Ada"]),
        ({"born": {"gte": 1815, "lt": 1900}}, ["Ada"]),
        ({"born": {"ne": 1815}}, ["Bob"]),
        ({"big": {"eq": 1234567890123456789012345678901234567890}}, ["Ada"]),
        ({"score": {"in": [1.5, 2]}}, ["Ada"]),
        ({"active": {"eq": False}}, ["Bob"]),
        ({"active": {"ne": True}}, ["Bob"]),
        ({"day": {"lt": "1815-12-11"}}, ["Ada"]),
        ({"joined": {"lt": "2025-12-31T22:30:00Z"}}, ["Ada"]),
        ({"employer_id": {"eq": "0190AAAA-0000-7000-8000-000000000001"}}, ["Ada"]),
        ({"status": {"eq": "on_leave"}}, ["Ada"]),
        ({"status": {"nin": ["on_leave"]}}, ["Bob", "Cyd"]),
        ({"address": {"city": {"eq": "London"}}}, ["Ada"]),
        ({"address": {"or": [{"city": {"eq": "x"}}, {"not": {"city": {"eq": "y"}}}]}}, ["Ada", "Bob", "Cyd"]),
        ({"tree": {"up": {"label": {"eq": "b"}}}}, ["Ada"]),
        ({"phones": {"contains": ["2", "1"]}}, ["Ada"]),
        ({"phones": {"in": ["3", "2"]}}, ["Ada"]),
        ({"phones": {"nin": ["2"]}}, ["Cyd"]),
        ({"moods": {"contains": ["happy"]}}, ["Ada"]),
        ({"phones": {"any": {"startsWith": "2"}}}, ["Ada"]),
        ({"phones": {"any": {"ne": "1"}, "none": {"eq": "3"}, "size": {"gte": 2}}}, ["Ada"]),
        ({"phones": {"none": {"eq": "2"}}}, ["Bob", "Cyd"]),
        ({"phones": {"size": {"eq": 0}}}, ["Cyd"]),
        ({"phones": {"size": {"ne": 2}}}, ["Bob", "Cyd"]),
        ({"moods": {"none": {"eq": "sad"}, "size": {"gt": 0}}}, ["Ada"]),
        ({"homes": {"any": {"city": {"eq": "Rome"}, "zip": {"eq": "00"}}}}, ["Ada"]),
        ({"homes": {"any": {"city": {"eq": "Paris"}, "zip": {"eq": "00"}}}}, []),
        ({"homes": {"any": {"or": [{"city": {"eq": "x"}}, {"not": {"zip": {"eq": "00"}}}]}}}, ["Ada"]),
        ({"homes": {"none": {"city": {"eq": "Paris"}}}}, ["Bob", "Cyd"]),
        ({"homes": {"any": {}}}, ["Ada"]),
        ({"tree": {"below": {"any": {"label": {"eq": "c"}}}}}, ["Ada"]),
        ({"seen": {"any": {"lt": "2025-12-31T22:30:00Z"}, "size": {"eq": 2}}}, ["Ada"]),
        ({"seen": {"none": {"eq": "2025-12-31T22:00:00Z"}}}, ["Bob", "Cyd"]),
        ({"not": {"name": {"eq": "Ada"}}}, ["Bob", "Cyd"]),
        ({"or": [{"name": {"eq": "Ada"}}, {"born": {"gt": 1899}}]}, ["Ada", "Bob"]),
        ({"and": [{"name": {"ne": "Ada"}}, {"status": {"eq": "active"}}]}, ["Bob", "Cyd"]),
        ({"id": {"eq": IDS[1]}}, ["Bob"]),
        ({"meta": {"tags": {"contains": ["Cyd"]}, "version": {"eq": 1}}}, ["Cyd"]),
        ({"payload": [{"path": "pet.kind", "eq": "dog"}]}, ["Cyd"]),
    ],
)
async def test_filters(service: Service, condition: Json, names: list[str]) -> None:
    assert await service.names(f=condition) == names


@pytest.mark.parametrize(
    ("order", "names"),
    [
        ([{"name": "DESC"}], ["Cyd", "Bob", "Ada"]),
        ([{"status": "ASC"}, {"name": "DESC"}], ["Cyd", "Bob", "Ada"]),
        ([{"joined": "DESC"}], ["Cyd", "Bob", "Ada"]),
        ([{"address": {"city": "DESC"}}, {"id": "DESC"}], ["Cyd", "Bob", "Ada"]),
        ([{"meta": {"createdAt": "DESC"}}], ["Cyd", "Bob", "Ada"]),
        ([{"tree": {"up": {"label": "ASC"}}}], ["Ada", "Bob", "Cyd"]),
    ],
)
async def test_orders(service: Service, order: Json, names: list[str]) -> None:
    assert await service.names(o=order) == names


async def test_a_list_has_pages_and_a_count(service: Service) -> None:
    query = """query($after: String) { people(first: 2, after: $after, orderBy: {born: DESC}) {
      edges { cursor node { name } } pageInfo { hasNextPage endCursor } totalCount } }"""

    first = (await service.data(query))["people"]
    second = (await service.data(query, after=first["pageInfo"]["endCursor"]))["people"]

    assert [edge["node"]["name"] for edge in first["edges"] + second["edges"]] == ["Cyd", "Bob", "Ada"]
    assert (first["totalCount"], first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (
        3,
        True,
        False,
    )


async def test_search_and_tags_narrow_a_list(service: Service) -> None:
    found = await service.data(
        '{ a: people(search: "London") { nodes { name } } b: people(tags: ["Bob"]) { totalCount } }'
    )

    assert found == {"a": {"nodes": [{"name": "Ada"}]}, "b": {"totalCount": 1}}


async def test_a_node_has_the_type_of_its_collection(service: Service) -> None:
    query = (
        "query($ids: [ID!]!) { nodes(ids: $ids) { __typename id ... on Person { born } ... on Record { version } } }"
    )

    found = (await service.data(query, ids=[IDS[0], "collection:people"]))["nodes"]

    assert found == [
        {"__typename": "Person", "id": IDS[0], "born": 1815},
        {"__typename": "Collection", "id": "collection:people"},
    ]


async def test_a_node_is_a_record_if_the_collection_says_so(service: Service) -> None:
    service.collections.set(entry_of(node="record"))

    found = await service.data(f'{{ person(id: "{IDS[0]}") {{ id }} node(id: "{IDS[0]}") {{ __typename }} }}')

    assert found["node"] == {"__typename": "Record"}


async def test_links_and_revisions_are_those_of_the_record(service: Service) -> None:
    await service.http.put(f"/records/{IDS[0]}/links/knows/{IDS[1]}")

    found = await service.data(
        f"""{{ person(id: "{IDS[0]}") {{ links {{ nodes {{ id version }} }} revisions {{ nodes {{ version }} }} }}
               other: person(id: "{IDS[1]}") {{ backlinks(relation: "knows") {{ totalCount }} }} }}"""
    )

    assert found["person"] == {
        "links": {"nodes": [{"id": IDS[1], "version": 1}]},
        "revisions": {"nodes": [{"version": 1}]},
    }
    assert found["other"] == {"backlinks": {"totalCount": 1}}


async def test_a_former_version_that_does_not_fit_is_refused_and_not_altered(service: Service) -> None:
    body = {"id": IDS[3], "collection": "people", "payload": {"name": 5, "status": "active"}}
    await service.http.post("/records", json=body)
    fits = {"payload": {"name": "Dan", "status": "active"}}
    await service.http.put(f"/records/{IDS[3]}", json=fits, headers={"If-Match": '"1"'})

    answer = await service.ask(f'{{ person(id: "{IDS[3]}", version: 1) {{ name }} }}')

    assert answer["data"] == {"person": None}
    assert answer["errors"][0]["extensions"]["code"] == "payload_misfit"
    assert answer["errors"][0]["path"] == ["person", "name"]


async def test_one_record_that_does_not_fit_costs_one_node(service: Service) -> None:
    body = {"id": IDS[3], "collection": "people", "payload": {"status": "active"}}
    await service.http.post("/records", json=body)

    answer = await service.ask("{ people { nodes { name } edges { node { name } } } }")

    assert answer["data"]["people"]["nodes"] == [{"name": "Ada"}, {"name": "Bob"}, {"name": "Cyd"}, None]
    assert answer["data"]["people"]["edges"][3] == {"node": None}


async def test_the_past_before_a_collection_was_typed_is_refused(service: Service) -> None:
    service.collections.set(entry_of(since=datetime(2020, 1, 1, tzinfo=UTC)))

    answer = await service.ask('{ people(asOf: "2019-01-01T00:00:00Z") { totalCount } }')

    [error] = answer["errors"]
    assert error["extensions"] == {"code": "type_not_then", "since": "2020-01-01T00:00:00.000000Z"}


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("{ people(filter: {name: {}}) { totalCount } }", "/filter/name: the comparison has no operator"),
        ("{ people(filter: {name: null}) { totalCount } }", "/filter/name: name cannot be null; leave it out."),
        ("{ people(filter: {born: {eq: null}}) { totalCount } }", "/filter/born/eq: eq cannot be null; leave it out."),
        ("{ people(filter: {phones: {}}) { totalCount } }", "/filter/phones: the comparison has no operator"),
        (
            "{ people(filter: {phones: {any: {}}}) { totalCount } }",
            "/filter/phones/any: the comparison has no operator",
        ),
        ("{ people(filter: {phones: {size: {}}}) { totalCount } }", "/filter/phones/size: the comparison has no"),
        ("{ people(filter: {homes: {none: null}}) { totalCount } }", "/filter/homes/none: none cannot be null"),
        (
            "{ people(filter: {homes: {any: {city: {eq: null}}}}) { totalCount } }",
            "/filter/homes/any/city/eq: eq cannot be null",
        ),
        ('{ people(filter: {seen: {contains: ["2026-01-01T00:00:00Z"]}}) { totalCount } }', "TimeItems"),
        ("{ people(filter: {big: {eq: 1.5}}) { totalCount } }", "is not an integer"),
        ('{ people(filter: {day: {eq: "x"}}) { totalCount } }', "is not a date"),
        ("{ people(filter: {status: {eq: gone}}) { totalCount } }", "PersonStatus"),
        ("{ people(orderBy: [{name: ASC, born: ASC}]) { totalCount } }", "PersonOrder"),
        ('{ people(filter: {secret: {eq: "s"}}) { totalCount } }', "secret"),
        ('{ people(filter: {unfiltered: {eq: "s"}}) { totalCount } }', "unfiltered"),
        ("{ people { nodes { secret } } }", "secret"),
        ("query($n: String) { people(filter: {name: {eq: $n}}) { totalCount } }", "$n stands within a filter"),
    ],
)
async def test_what_is_wrong_is_refused_by_name(service: Service, query: str, message: str) -> None:
    answer = await service.ask(query)

    assert message in answer["errors"][0]["message"]


async def test_the_cost_of_typed_lists_is_counted(service: Service) -> None:
    nested = "links(first: 200) { nodes { links(first: 200) { nodes { id } } } }"

    answer = await service.ask(f"{{ people(first: 200) {{ nodes {{ {nested} }} }} }}")

    assert answer["errors"][0]["extensions"]["code"] == "document_too_costly"


async def test_a_change_of_the_types_is_in_the_next_answer(service: Service) -> None:
    assert await service.data("{ people { totalCount } }") == {"people": {"totalCount": 3}}
    looser: Json = {**PEOPLE, "properties": {**PEOPLE["properties"], "nick": {"type": "string"}}}

    service.collections.set(entry_of(schema=looser))

    assert (await service.data("{ people(first: 1) { nodes { nick } } }")) == {"people": {"nodes": [{"nick": None}]}}


async def test_an_answer_by_former_types_is_never_given(service: Service) -> None:
    query = "{ people(first: 1) { nodes { born } } }"
    assert await service.data(query) == {"people": {"nodes": [{"born": 1815}]}}
    as_text: Json = {**PEOPLE, "properties": {**PEOPLE["properties"], "born": {"type": "string"}}}
    service.collections.set(entry_of(schema=as_text))

    answer = await service.ask(query)

    assert answer["errors"][0]["extensions"]["code"] == "payload_misfit"


async def test_a_collection_that_is_typed_no_more_has_no_fields(service: Service) -> None:
    service.collections.set()

    answer = await service.ask("{ people { totalCount } }")

    assert answer["errors"][0]["message"].startswith("Cannot query field 'people'")
    assert (await service.data("{ records { totalCount } }"))["records"] == {"totalCount": 3}


async def test_a_collection_whose_names_the_service_has_is_left_out(service: Service) -> None:
    service.collections.set(entry_of("records", type_name="Record", one="record"), entry_of())

    assert (await service.data('{ record(id: "%s") { version } people { totalCount } }' % IDS[0])) == {  # noqa: UP031 - braces
        "record": {"version": 1},
        "people": {"totalCount": 3},
    }


async def test_the_schema_is_a_document_with_the_types_of_now(service: Service) -> None:
    response = await service.http.get("/graphql/schema")

    assert (response.status_code, response.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert "\n  people(\n" in response.text
    assert "input PersonOrder @oneOf {" in response.text
    assert set(build_schema(response.text).type_map) >= {"Person", "PersonFilter", "Record", "RecordFilter"}
    service.collections.set()
    assert "people(" not in (await service.http.get("/graphql/schema")).text


async def test_without_introspection_no_name_is_told(settings: Settings, mediator: Mediator) -> None:
    closed = settings.model_copy(update={"graphql": settings.graphql.model_copy(update={"introspection": False})})
    app = own_app(closed, mediator)
    await app.state.graphql.start(SetCollections(entry_of()))
    documents = [
        "{ peopl { totalCount } }",
        "{ people { node { name } } }",
        "{ people { nodes { nam } } }",
        "{ people(filte: {}) { totalCount } }",
        "{ people(filter: {nam: {eq: 1}}) { totalCount } }",
        "{ people(filter: {status: {eq: activ}}) { totalCount } }",
        "{ people(orderBy: [{nam: ASC}]) { totalCount } }",
        "{ people { nodes { ... on Persn { name } } } }",
        "query($f: PersonFilte) { people(filter: $f) { totalCount } }",
    ]
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost:8080") as client:
        assert (await client.get("/graphql/schema")).json()["code"] == "not_found"
        for document in documents:
            answer = (await client.post("/graphql", json={"query": document})).json()
            assert "Did you mean" not in answer["errors"][0]["message"]
        wrong = {"query": "query($f: PersonFilter) { people(filter: $f) { totalCount } }"}
        for given in ({"nam": {"eq": "a"}}, {"status": {"eq": "activ"}}):
            answer = (await client.post("/graphql", json={**wrong, "variables": {"f": given}})).json()
            assert "Did you mean" not in answer["errors"][0]["message"]
    await app.state.graphql.close()
