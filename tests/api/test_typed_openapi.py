"""The OpenAPI document has the paths and the components of typed collections."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Any, Final

import httpx2
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from datastore_service.application.mediator import Mediator
from datastore_service.config.settings import Settings
from tests.apps import own_app
from tests.typed_examples import PEOPLE, SetCollections, entry_of

type Json = Any
"""JSON as tests write it down."""

SCHEMAS: Final = "#/components/schemas"


@dataclass(frozen=True, slots=True)
class Service:
    """A client of the service, and the typed collections that it has."""

    http: httpx2.AsyncClient
    collections: SetCollections

    async def document(self, **query: str) -> Json:
        response = await self.http.get("/openapi.json", params=query)
        assert response.status_code == 200, response.text
        return response.json()


@pytest.fixture
async def service(settings: Settings, mediator: Mediator) -> AsyncGenerator[Service]:
    app, collections = own_app(settings, mediator), SetCollections(entry_of())
    app.state.typed_collections = collections
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost:8080") as client:
        yield Service(client, collections)


async def test_a_typed_collection_has_paths_and_components(service: Service) -> None:
    document = await service.document()

    OpenAPIV31SpecValidator(document).validate()
    path = document["paths"]["/collections/people/records/{record_id}"]
    assert path["get"]["operationId"] == "getPerson"
    assert [parameter.get("name") for parameter in path["get"]["parameters"]][:2] == ["record_id", "version"]
    assert path["put"]["requestBody"]["content"]["application/json"] == {
        "schema": {"$ref": f"{SCHEMAS}/PersonRecordContent"}
    }
    schemas = document["components"]["schemas"]
    assert schemas["PersonRecord"]["properties"]["payload"] == {"$ref": f"{SCHEMAS}/Person"}
    assert schemas["NewPersonRecord"]["properties"]["payload"] == {"$ref": f"{SCHEMAS}/Person"}
    assert schemas["Person"]["properties"]["address"] == {"$ref": f"{SCHEMAS}/Person.Address"}
    assert schemas["Person.Tree"]["properties"]["up"] == {"$ref": f"{SCHEMAS}/Person.Tree"}
    assert schemas["Person.Address"] == PEOPLE["$defs"]["Address"]
    assert schemas["Person"]["properties"]["full-name"] == {"type": "string", "x-name": "full_name"}
    assert "$defs" not in schemas["Person"]
    assert {each["operationId"] for name, each in operations(document) if name.startswith("/collections/people/")} == {
        *("createPerson", "listPeople", "searchPeople", "aggregatePeople", "getPeople", "getPerson", "replacePerson"),
        *("patchPerson", "deletePerson", "listPersonRevisions", "restorePerson", "revertPerson"),
    }


def operations(document: Json) -> list[tuple[str, Json]]:
    return [(name, each) for name, path in document["paths"].items() for each in path.values()]


async def test_what_the_service_has_stays_as_it_is(service: Service) -> None:
    typed = await service.document()
    service.collections.set()
    plain = await service.document()

    assert {name: typed["paths"][name] for name in plain["paths"]} == plain["paths"]
    assert {name: typed["components"]["schemas"][name] for name in plain["components"]["schemas"]} == (
        plain["components"]["schemas"]
    )
    assert not [name for name in plain["paths"] if name.startswith("/collections/people")]


async def test_a_part_concerns_one_collection_and_is_whole(service: Service) -> None:
    things: Json = {"type": "object", "properties": {"a": {"type": "string"}}}
    service.collections.set(entry_of(), entry_of("things", things, "Thing", "thing"))

    document = await service.document(collection="things")

    OpenAPIV31SpecValidator(document).validate()
    assert {name.split("/")[2] for name in document["paths"]} == {"things"}
    assert document["components"]["schemas"]["Thing"] == things
    assert not {"Person", "PersonRecord", "CollectionBody"} & document["components"]["schemas"].keys()


async def test_a_part_of_a_collection_that_is_not_typed_is_not_found(service: Service) -> None:
    response = await service.http.get("/openapi.json", params={"collection": "things"})

    assert (response.status_code, response.json()["code"]) == (404, "collection_not_found")


async def test_the_entity_tag_tells_whether_the_types_are_the_same(service: Service) -> None:
    first = await service.http.get("/openapi.json")
    held = {"If-None-Match": first.headers["ETag"]}
    assert (await service.http.get("/openapi.json", headers=held)).status_code == 304

    service.collections.set()

    assert (await service.http.get("/openapi.json", headers=held)).status_code == 200


async def test_names_that_the_document_has_already_are_not_taken(service: Service) -> None:
    things: Json = {
        "type": "object",
        "properties": {"a": {"$ref": "#/$defs/x y"}},
        "$defs": {"x y": {"type": "string"}},
    }
    service.collections.set(
        entry_of("health", things, "Health", "healthOne"), entry_of("problems", things, "Problem", "p")
    )

    document = await service.document()

    OpenAPIV31SpecValidator(document).validate()
    schemas = document["components"]["schemas"]
    assert schemas["Health"] != schemas["Health_"]
    assert schemas["Health_"]["properties"]["a"] == {"$ref": f"{SCHEMAS}/Health_/$defs/x y"}
    ids = [each["operationId"] for _, each in operations(document)]
    assert len(ids) == len({*ids})


async def test_a_schema_that_names_its_parts_keeps_its_references(service: Service) -> None:
    things: Json = {
        "type": "object",
        "properties": {"a": {"$ref": "#text"}},
        "$defs": {"b": {"$anchor": "text", "type": "string"}},
    }
    service.collections.set(entry_of("things", things, "Thing", "thing"))

    document = await service.document()

    assert document["components"]["schemas"]["Thing"] == {"$id": "/collections/things/schema.json", **things}


async def test_a_private_schema_is_not_told(settings: Settings, mediator: Mediator) -> None:
    closed = settings.model_copy(update={"graphql": settings.graphql.model_copy(update={"introspection": False})})
    app = own_app(closed, mediator)
    app.state.typed_collections = SetCollections(entry_of())
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost:8080") as client:
        whole = await client.get("/openapi.json")
        part = await client.get("/openapi.json", params={"collection": "people"})

    assert "PersonRecord" not in whole.text
    assert part.json()["code"] == "collection_not_found"
