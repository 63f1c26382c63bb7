"""Documents that a request only names: automatic persisted queries and trusted documents."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from datastore_service.application.mediator import Mediator
from datastore_service.config.settings import Settings
from datastore_service.database import StartupError
from tests.api.conftest import GraphQLService
from tests.apps import create_app, own_app

QUERY = "query Q { records { totalCount } }"
MUTATION = "mutation M { createRecord(input: {payload: 1}) { record { version } } }"
ANSWER = {"data": {"records": {"totalCount": 0}}}
RESPONSE_TYPE = "application/graphql-response+json"


@pytest.fixture
def app(settings: Settings, mediator: Mediator) -> FastAPI:
    """An application for each test alone, which knows no document yet."""
    return own_app(settings, mediator)


def hash_of(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def persisted(digest: str) -> dict[str, Any]:
    return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest}}}


def code_of(response: httpx2.Response) -> str:
    (error,) = response.json()["errors"]
    return error["extensions"]["code"]


async def test_a_text_is_sent_once_and_then_only_its_hash(client: httpx2.AsyncClient) -> None:
    named = persisted(hash_of(QUERY))

    unknown = await client.post("/graphql", json=named)
    registered = await client.post("/graphql", json={"query": QUERY} | named)
    known = await client.post("/graphql", json=named)

    assert (unknown.status_code, code_of(unknown)) == (200, "PERSISTED_QUERY_NOT_FOUND")
    assert unknown.json()["errors"][0]["message"] == "PersistedQueryNotFound"
    assert registered.json() == known.json() == ANSWER


async def test_what_is_sent_by_one_method_is_known_to_the_other(client: httpx2.AsyncClient) -> None:
    named = persisted(hash_of(QUERY))
    parameters = {"extensions": json.dumps(named["extensions"])}

    unknown = await client.get("/graphql", params=parameters)
    await client.get("/graphql", params={"query": QUERY} | parameters)

    assert code_of(unknown) == "PERSISTED_QUERY_NOT_FOUND"
    assert (await client.get("/graphql", params=parameters)).json() == ANSWER
    assert (await client.post("/graphql", json=named)).json() == ANSWER


async def test_a_document_id_with_its_prefix_means_the_same_hash(client: httpx2.AsyncClient) -> None:
    by_id = {"documentId": f"sha256:{hash_of(QUERY)}"}

    unknown = await client.post("/graphql", json=by_id, headers={"Accept": RESPONSE_TYPE})
    await client.post("/graphql", json={"query": QUERY} | by_id)

    assert (unknown.status_code, code_of(unknown)) == (400, "PERSISTED_QUERY_NOT_FOUND")
    assert (await client.get("/graphql", params=by_id)).json() == ANSWER
    assert (await client.post("/graphql", json=persisted(hash_of(QUERY)))).json() == ANSWER


async def test_a_persisted_mutation_is_none_to_get(client: httpx2.AsyncClient) -> None:
    named = persisted(hash_of(MUTATION))
    await client.post("/graphql", json={"query": MUTATION} | named)

    response = await client.get("/graphql", params={"extensions": json.dumps(named["extensions"])})

    assert (response.status_code, response.headers["allow"]) == (405, "POST")
    assert (await client.post("/graphql", json={"query": QUERY})).json()["data"]["records"]["totalCount"] == 1


async def test_refuses_a_hash_that_is_not_the_text_s(client: httpx2.AsyncClient) -> None:
    named = persisted(hash_of(QUERY))

    response = await client.post("/graphql", json={"query": "{ __typename }"} | named)

    assert (response.status_code, code_of(response)) == (400, "persisted_query_mismatch")
    assert code_of(await client.post("/graphql", json=named)) == "PERSISTED_QUERY_NOT_FOUND"


@pytest.mark.parametrize(
    "body",
    [
        {"extensions": {"persistedQuery": {"version": 2, "sha256Hash": "a"}}},
        {"extensions": {"persistedQuery": {"version": 1}}},
        {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": 1}}},
        {"extensions": {"persistedQuery": "a"}},
        {"documentId": ""},
        {"documentId": 1},
        {"documentId": "sha256:a"} | persisted("b"),
    ],
)
async def test_refuses_what_names_no_document(client: httpx2.AsyncClient, body: dict[str, Any]) -> None:
    response = await client.post("/graphql", json={"query": QUERY} | body)

    assert (response.status_code, code_of(response)) == (400, "malformed_request")


async def test_lets_other_extensions_be(client: httpx2.AsyncClient) -> None:
    response = await client.post("/graphql", json={"query": QUERY, "extensions": {"tracing": {"a": [1]}}})

    assert response.json() == ANSWER


async def test_forgets_what_was_used_longest_ago(graphql_service: GraphQLService) -> None:
    texts = [f"{QUERY} # {number}" for number in range(3)]

    async with graphql_service(persisted_query_bytes=2 * len(texts[0])) as client:
        for text in (texts[0], texts[1], texts[0], texts[2]):
            await client.post("/graphql", json={"query": text} | persisted(hash_of(text)))
        answers = [(await client.post("/graphql", json=persisted(hash_of(text)))).json() for text in texts]

    assert ["data" in answer for answer in answers] == [True, False, True]


async def test_persists_nothing_where_that_is_turned_off(graphql_service: GraphQLService) -> None:
    async with graphql_service(persisted_query_bytes=0) as client:
        response = await client.post("/graphql", json=persisted(hash_of(QUERY)))
        plain = await client.post("/graphql", json={"query": QUERY})

    assert (code_of(response), response.json()["errors"][0]["message"]) == (
        "PERSISTED_QUERY_NOT_SUPPORTED",
        "PersistedQueryNotSupported",
    )
    assert plain.json() == ANSWER


def plain_manifest(*texts: str) -> object:
    return {hash_of(text): text for text in texts}


def apollo_manifest(*texts: str, **others: object) -> object:
    operations = [{"id": hash_of(text), "name": "Q", "type": "query", "body": text} for text in texts]
    return {"format": "apollo-persisted-query-manifest", "version": 1, "operations": operations} | others


@pytest.fixture(params=[plain_manifest, apollo_manifest], ids=["plain", "apollo"])
def manifest(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "manifest.json"
    path.write_text(json.dumps(request.param(QUERY, MUTATION)))
    return path


@pytest.mark.parametrize(
    "named",
    [{"documentId": hash_of(QUERY)}, {"documentId": f"sha256:{hash_of(QUERY)}"}, persisted(hash_of(QUERY))],
    ids=["id", "prefixed", "apollo"],
)
async def test_executes_a_trusted_document(
    graphql_service: GraphQLService, manifest: Path, named: dict[str, Any]
) -> None:
    parameters = {name: value if name == "documentId" else json.dumps(value) for name, value in named.items()}

    async with graphql_service(trusted_documents=manifest) as client:
        assert (await client.post("/graphql", json=named)).json() == ANSWER
        assert (await client.post("/graphql", json={"query": QUERY} | named)).json() == ANSWER
        assert (await client.get("/graphql", params=parameters)).json() == ANSWER


async def test_executes_no_other_document(graphql_service: GraphQLService, manifest: Path) -> None:
    other = "{ __typename }"
    requests: list[dict[str, Any]] = [
        {"query": other},
        {"query": QUERY},
        {},
        {"documentId": hash_of(other)},
        persisted(hash_of(other)),
        {"query": other} | persisted(hash_of(other)),
        {"query": other, "documentId": hash_of(QUERY)},
    ]

    async with graphql_service(trusted_documents=manifest) as client:
        for request in requests:
            response = await client.post("/graphql", json=request, headers={"Accept": RESPONSE_TYPE})
            assert (response.status_code, code_of(response)) == (400, "document_not_trusted")
        page = await client.get("/graphql", headers={"Accept": "text/html"})

    assert page.status_code == 406


async def test_a_trusted_mutation_is_none_to_get(graphql_service: GraphQLService, manifest: Path) -> None:
    async with graphql_service(trusted_documents=manifest) as client:
        response = await client.get("/graphql", params={"documentId": hash_of(MUTATION)})

    assert response.status_code == 405


async def test_an_id_of_apollo_s_manifest_may_be_any_text(graphql_service: GraphQLService, tmp_path: Path) -> None:
    operations = [{"id": "the-count", "name": "Q", "type": "query", "body": QUERY}]
    (tmp_path / "manifest.json").write_text(json.dumps(apollo_manifest(operations=operations)))

    async with graphql_service(trusted_documents=tmp_path / "manifest.json") as client:
        assert (await client.post("/graphql", json={"documentId": "the-count"})).json() == ANSWER
        assert (await client.post("/graphql", json=persisted("the-count"))).json() == ANSWER


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "No such file"),
        ("{", "neither"),
        ("[]", "neither"),
        ('{"a": 1}', "neither"),
        (json.dumps(apollo_manifest(QUERY, version=2)), "neither"),
        (json.dumps({"0" * 64: QUERY}), "not the SHA-256"),
        (json.dumps(plain_manifest("{")), "Syntax Error"),
        (json.dumps(apollo_manifest("{ nothing }")), "Cannot query field"),
        (
            json.dumps(plain_manifest("{ records { edges { node { a: id " + " ... { b: id }" * 40 + "} } } }")),
            "aliases",
        ),
    ],
)
def test_does_not_start_on_a_manifest_that_it_cannot_use(
    settings: Settings, tmp_path: Path, content: str | None, reason: str
) -> None:
    path = tmp_path / "manifest.json"
    if content is not None:
        path.write_text(content)
    graphql = settings.graphql.model_copy(update={"trusted_documents": path})

    with pytest.raises(StartupError, match=reason) as failure:
        create_app(settings.model_copy(update={"graphql": graphql}))

    assert str(path) in str(failure.value)
