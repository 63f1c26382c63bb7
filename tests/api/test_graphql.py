"""The same through GraphQL."""

import json
from typing import Any
from uuid import uuid4

import httpx2
import pytest

from tests.api.conftest import GraphQLService

USER_ERRORS = "userErrors { code message path currentVersion }"
CREATE = f"""
mutation ($input: CreateRecordInput!) {{
  createRecord(input: $input) {{
    record {{ id collection version payload tags createdAt updatedAt }} {USER_ERRORS}
  }}
}}
"""
REPLACE = f"""
mutation ($input: ReplaceRecordInput!) {{
  replaceRecord(input: $input) {{ created record {{ version payload }} {USER_ERRORS} }}
}}
"""
PATCH = f"""
mutation ($input: PatchRecordInput!) {{
  patchRecord(input: $input) {{ record {{ version payload }} {USER_ERRORS} }}
}}
"""
DELETE = f"mutation ($input: DeleteRecordInput!) {{ deleteRecord(input: $input) {{ id {USER_ERRORS} }} }}"
LIST = """
query ($collection: String, $first: Int, $after: String, $last: Int, $before: String) {
  records(collection: $collection, first: $first, after: $after, last: $last, before: $before) {
    edges { cursor node { id } }
    nodes { id }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""
RESPONSE_TYPE = "application/graphql-response+json"


async def execute(client: httpx2.AsyncClient, query: str, **variables: object) -> dict[str, Any]:
    response = await client.post("/graphql", json={"query": query, "variables": variables})
    assert response.status_code == 200, response.text
    return response.json()


async def data_of(client: httpx2.AsyncClient, query: str, **variables: object) -> dict[str, Any]:
    answer = await execute(client, query, **variables)
    assert "errors" not in answer, answer
    return answer["data"]


async def code_of(client: httpx2.AsyncClient, query: str, **variables: object) -> str:
    errors = (await execute(client, query, **variables))["errors"]
    assert len(errors) == 1
    return errors[0]["extensions"]["code"]


async def refusal_of(client: httpx2.AsyncClient, query: str, **variables: object) -> dict[str, Any]:
    """Returns the one user error of a mutation, which leaves all else null."""
    (payload,) = (await data_of(client, query, **variables)).values()
    (error,) = payload.pop("userErrors")
    assert set(payload.values()) == {None}
    return error


async def created(client: httpx2.AsyncClient, **members: object) -> dict[str, Any]:
    return (await data_of(client, CREATE, input={"payload": {"n": 1}} | members))["createRecord"]["record"]


async def test_creates_a_record_that_rest_reads(client: httpx2.AsyncClient) -> None:
    record = await created(client, collection="people", payload={"name": "Ada"}, tags=["b", "a"])

    over_rest = (await client.get(f"/records/{record['id']}")).json()
    assert record == {
        "id": over_rest["id"],
        "collection": over_rest["collection"],
        "version": over_rest["version"],
        "payload": over_rest["payload"],
        "tags": over_rest["tags"],
        "createdAt": over_rest["created_at"],
        "updatedAt": over_rest["updated_at"],
    }


async def test_reads_what_rest_has_created(client: httpx2.AsyncClient) -> None:
    record = (await client.post("/records", json={"payload": [1, None]})).json()

    data = await data_of(
        client,
        """query ($id: UUID!, $node: ID!) {
          record(id: $id) { id payload }
          node(id: $node) { id ... on Record { version } }
        }""",
        id=record["id"],
        node=record["id"],
    )

    assert data == {
        "record": {"id": record["id"], "payload": [1, None]},
        "node": {"id": record["id"], "version": 1},
    }


async def test_reads_null_where_there_is_nothing(client: httpx2.AsyncClient) -> None:
    gone = await created(client)
    await data_of(client, DELETE, input={"id": gone["id"]})

    data = await data_of(
        client,
        'query ($a: UUID!, $b: UUID!) { a: record(id: $a) { id } b: record(id: $b) { id } c: node(id: "x") { id } }',
        a=gone["id"],
        b=str(uuid4()),
    )

    assert data == {"a": None, "b": None, "c": None}


@pytest.mark.parametrize("number", ["12345678901234567890123", "0.1234567890123456789", "1E+400"])
async def test_keeps_every_digit_of_a_number(client: httpx2.AsyncClient, number: str) -> None:
    in_literal = f"mutation {{ createRecord(input: {{payload: {{n: {number}}}}}) {{ record {{ payload }} }} }}"
    in_variable = json.dumps({"query": CREATE, "variables": {"input": {"payload": "?"}}}).replace('"?"', number)

    for body in (json.dumps({"query": in_literal}), in_variable):
        response = await client.post("/graphql", content=body, headers={"Content-Type": "application/json"})
        assert number in response.text


@pytest.mark.parametrize(
    "query",
    [
        "{{ records(first: {n}) {{ totalCount }} }}",
        "query ($n: Int = {n}) {{ records(first: $n) {{ totalCount }} }}",
        '{{ record(id: "01a210d2-60bc-70f9-9dd6-c14b2b5c84b9", version: {n}) {{ id }} }}',
        "{{ recordsAggregate(limit: {n}) {{ truncated }} }}",
        "query ($id: UUID!) {{ record(id: $id, version: {n}) {{ id }} }}",
    ],
)
async def test_refuses_integers_of_any_length(client: httpx2.AsyncClient, query: str) -> None:
    for digits in (10, 4300, 4301, 5000):
        body = {"query": query.format(n="9" * digits)}

        errors = (await client.post("/graphql", json=body)).json()["errors"]

        assert {error["extensions"]["code"] for error in errors} == {"validation_failed"}
        assert all("Int" in error["message"] for error in errors)


async def test_takes_every_kind_of_json_literal(client: httpx2.AsyncClient) -> None:
    data = await data_of(
        client,
        """mutation ($x: JSON) {
          createRecord(input: {payload: {a: [1, 2.5, true, null, "t"], x: $x}}) { record { payload } }
        }""",
        x={"y": 1},
    )

    assert data["createRecord"]["record"]["payload"] == {"a": [1, 2.5, True, None, "t"], "x": {"y": 1}}


async def test_takes_json_as_the_default_of_a_variable(client: httpx2.AsyncClient) -> None:
    mutation = "mutation ($x: JSON = {a: [1e400, null]}) { createRecord(input: {payload: $x}) { record { payload } } }"

    response = await client.post("/graphql", json={"query": mutation})

    assert '{"payload":{"a":[1E+400,null]}}' in response.text


async def test_leaves_out_what_a_variable_leaves_out_in_a_json_literal(client: httpx2.AsyncClient) -> None:
    mutation = "mutation ($x: JSON) { createRecord(input: {payload: {a: $x, b: 1}}) { record { payload } } }"

    without = await data_of(client, mutation)
    with_null = await data_of(client, mutation, x=None)

    assert without["createRecord"]["record"]["payload"] == {"b": 1}
    assert with_null["createRecord"]["record"]["payload"] == {"a": None, "b": 1}


async def test_takes_null_as_a_payload_but_not_its_absence(client: httpx2.AsyncClient) -> None:
    assert (await created(client, payload=None))["payload"] is None

    refusal = await refusal_of(client, CREATE, input={})
    assert (refusal["code"], refusal["path"]) == ("validation_failed", ["payload"])


async def test_replaces_patches_and_deletes(client: httpx2.AsyncClient) -> None:
    record_id = str(uuid4())

    first = await data_of(client, REPLACE, input={"id": record_id, "payload": {"a": 1}, "expectExisting": False})
    second = await data_of(client, REPLACE, input={"id": record_id, "payload": {"a": 2}, "expectedVersion": 1})
    third = await data_of(client, PATCH, input={"id": record_id, "patch": {"payload": {"b": 3}}, "expectedVersion": 2})
    fourth = await data_of(client, DELETE, input={"id": record_id, "expectedVersion": 3})

    done: dict[str, object] = {"userErrors": []}
    assert first["replaceRecord"] == done | {"created": True, "record": {"version": 1, "payload": {"a": 1}}}
    assert second["replaceRecord"] == done | {"created": False, "record": {"version": 2, "payload": {"a": 2}}}
    assert third["patchRecord"] == done | {"record": {"version": 3, "payload": {"a": 2, "b": 3}}}
    assert fourth["deleteRecord"] == done | {"id": record_id}


async def test_errors_have_the_codes_of_rest(client: httpx2.AsyncClient) -> None:
    assert await code_of(client, LIST, after="x") == "invalid_cursor"
    assert await code_of(client, LIST, first=1001) == "validation_failed"
    assert await code_of(client, LIST, first=-1) == "validation_failed"
    assert await code_of(client, LIST, collection="no name") == "validation_failed"
    assert await code_of(client, "{ nothing }") == "validation_failed"
    assert await code_of(client, "{") == "validation_failed"
    assert await code_of(client, "query ($id: UUID!) { record(id: $id) { id } }", id="7") == "validation_failed"


async def test_says_why_it_refuses_a_mutation(client: httpx2.AsyncClient) -> None:
    there, nowhere = (await created(client, collection="people"))["id"], str(uuid4())
    gone = (await created(client))["id"]
    await data_of(client, DELETE, input={"id": gone})
    refusals: list[tuple[str, dict[str, object], str, list[str], int | None]] = [
        (CREATE, {"id": there, "payload": 1}, "record_exists", ["id"], None),
        (CREATE, {"payload": {"a/b": ["\x00"]}}, "validation_failed", ["payload", "a/b", "0"], None),
        (CREATE, {"payload": 1, "tags": ["t", ""]}, "validation_failed", ["tags", "1"], None),
        (CREATE, {"payload": 1, "collection": "no name"}, "validation_failed", ["collection"], None),
        (REPLACE, {"id": there, "payload": 1, "expectedVersion": 9}, "precondition_failed", ["expectedVersion"], 1),
        (REPLACE, {"id": there, "payload": 1, "expectExisting": False}, "precondition_failed", ["expectExisting"], 1),
        (
            REPLACE,
            {"id": nowhere, "payload": 1, "expectExisting": True},
            "precondition_failed",
            ["expectExisting"],
            None,
        ),
        (REPLACE, {"id": there, "collection": "x", "payload": 1}, "collection_mismatch", ["collection"], None),
        (PATCH, {"id": nowhere, "patch": {}}, "record_not_found", ["id"], None),
        (PATCH, {"id": there, "patch": {"nonsense": 1}}, "validation_failed", ["patch", "nonsense"], None),
        (PATCH, {"id": there, "patch": 1}, "validation_failed", ["patch"], None),
        (DELETE, {"id": there, "expectedVersion": 9}, "precondition_failed", ["expectedVersion"], 1),
        (DELETE, {"id": gone}, "record_deleted", ["id"], None),
    ]

    for mutation, given, code, path, version in refusals:
        refusal = await refusal_of(client, mutation, input=given)
        assert refusal.pop("message")
        assert refusal == {"code": code, "path": path, "currentVersion": version}


async def test_a_failed_mutation_takes_no_other_with_it(client: httpx2.AsyncClient) -> None:
    answer = await execute(
        client,
        """mutation ($id: UUID!) {
          good: createRecord(input: {payload: 1}) { record { version } }
          bad: deleteRecord(input: {id: $id}) { userErrors { code } }
        }""",
        id=str(uuid4()),
    )

    assert answer == {
        "data": {"good": {"record": {"version": 1}}, "bad": {"userErrors": [{"code": "record_not_found"}]}}
    }


async def test_pages_forwards_and_backwards(client: httpx2.AsyncClient) -> None:
    ids = [(await created(client, collection="people"))["id"] for _ in range(5)]
    await created(client, collection="places")

    first = (await data_of(client, LIST, collection="people", first=3))["records"]
    rest = (await data_of(client, LIST, collection="people", first=3, after=first["pageInfo"]["endCursor"]))["records"]
    back = (await data_of(client, LIST, collection="people", last=2, before=rest["pageInfo"]["startCursor"]))["records"]

    assert [edge["node"]["id"] for edge in first["edges"]] == [node["id"] for node in first["nodes"]] == ids[:3]
    assert (first["pageInfo"]["hasNextPage"], first["pageInfo"]["hasPreviousPage"]) == (True, False)
    assert [node["id"] for node in rest["nodes"]] == ids[3:]
    assert (rest["pageInfo"]["hasNextPage"], rest["pageInfo"]["hasPreviousPage"]) == (False, True)
    assert [node["id"] for node in back["nodes"]] == ids[1:3]
    assert (back["pageInfo"]["hasNextPage"], back["pageInfo"]["hasPreviousPage"]) == (True, True)


async def test_an_empty_list_has_no_cursors(client: httpx2.AsyncClient) -> None:
    page = (await data_of(client, LIST))["records"]

    assert page == {
        "edges": [],
        "nodes": [],
        "pageInfo": {"hasNextPage": False, "hasPreviousPage": False, "startCursor": None, "endCursor": None},
    }


async def test_queries_by_get_but_never_mutates(client: httpx2.AsyncClient) -> None:
    query = await client.get(
        "/graphql",
        params={
            "query": "query Q($n: Int) { records(first: $n) { nodes { id } } }",
            "variables": '{"n": 1}',
            "operationName": "Q",
        },
    )
    mutation = await client.get(
        "/graphql", params={"query": "mutation { createRecord(input: {payload: 1}) { record { id } } }"}
    )

    assert (query.status_code, query.json()) == (200, {"data": {"records": {"nodes": []}}})
    assert (mutation.status_code, mutation.headers["allow"]) == (405, "POST")
    assert (await client.get("/records")).json()["items"] == []


@pytest.mark.parametrize(
    ("accept", "media_type", "status"),
    [
        (RESPONSE_TYPE, RESPONSE_TYPE, 400),
        (f"{RESPONSE_TYPE}, application/json;q=0.9", RESPONSE_TYPE, 400),
        ("application/json", "application/json", 200),
        ("*/*", "application/json", 200),
    ],
)
async def test_answers_in_the_accepted_media_type(
    client: httpx2.AsyncClient, accept: str, media_type: str, status: int
) -> None:
    response = await client.post("/graphql", json={"query": "{ nothing }"}, headers={"Accept": accept})

    assert (response.status_code, response.headers["content-type"]) == (status, media_type)
    assert "data" not in response.json()


async def test_shows_graphiql_to_a_browser(client: httpx2.AsyncClient) -> None:
    response = await client.get("/graphql", headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"})

    assert response.headers["content-type"].startswith("text/html")
    assert "graphiql" in response.text.lower()


@pytest.mark.parametrize(
    ("content", "media_type", "status"),
    [
        ("{}", "application/json", 400),
        ("[]", "application/json", 400),
        ('{"query": 1}', "application/json", 400),
        ('{"query": ""}', "application/json", 400),
        ('{"query": "query A {__typename}", "operationName": "\\ud800"}', "application/json", 400),
        ('{"query": "{__typename}", "variables": []}', "application/json", 400),
        ('{"query": "{__typename}", "operationName": 1}', "application/json", 400),
        ("{", "application/json", 400),
        ("query={__typename}", "application/x-www-form-urlencoded", 415),
        ("{__typename}", "text/plain", 415),
    ],
)
async def test_refuses_what_is_no_graphql_request(
    client: httpx2.AsyncClient, content: str, media_type: str, status: int
) -> None:
    response = await client.post("/graphql", content=content, headers={"Content-Type": media_type})

    assert response.status_code == status
    assert response.json()["errors"][0]["extensions"]["code"]


async def test_refuses_several_requests_in_one_and_says_so(client: httpx2.AsyncClient) -> None:
    response = await client.post("/graphql", json=[{"query": "{__typename}"}])

    (error,) = response.json()["errors"]
    assert (response.status_code, error["extensions"]["code"]) == (400, "malformed_request")
    assert "one request at a time" in error["message"]


async def test_refuses_a_document_of_several_operations_where_none_is_named(client: httpx2.AsyncClient) -> None:
    document = "query A { __typename } query B { other: __typename }"

    unnamed = await client.post("/graphql", json={"query": document})
    named = await client.post("/graphql", json={"query": document, "operationName": "B"})

    assert unnamed.json()["errors"][0]["extensions"]["code"] == "validation_failed"
    assert "data" not in unnamed.json()
    assert named.json() == {"data": {"other": "Query"}}


async def test_refuses_a_parameter_that_is_given_twice(client: httpx2.AsyncClient) -> None:
    response = await client.get("/graphql", params=[("query", "{ __typename }"), ("query", "{ a: __typename }")])

    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (400, "malformed_request")


async def test_refuses_variables_that_are_not_json(client: httpx2.AsyncClient) -> None:
    response = await client.get("/graphql", params={"query": "{__typename}", "variables": "{"})

    assert (response.status_code, response.json()["errors"][0]["extensions"]["code"]) == (400, "malformed_json")


async def test_offers_nothing_that_is_not_json(client: httpx2.AsyncClient) -> None:
    response = await client.post("/graphql", json={"query": "{__typename}"}, headers={"Accept": "image/png"})

    assert response.status_code == 406


async def test_errors_that_quote_a_lone_surrogate_are_valid_json(client: httpx2.AsyncClient) -> None:
    body = '{"query": "query ($id: UUID!) { record(id: $id) { id } }", "variables": {"id": "\\ud800"}}'

    response = await client.post("/graphql", content=body, headers={"Content-Type": "application/json"})

    assert response.json()["errors"][0]["extensions"]["code"] == "validation_failed"


async def test_a_number_beyond_all_bounds_is_the_clients_fault(client: httpx2.AsyncClient) -> None:
    query = "mutation { createRecord(input: {payload: 1e9999999999999999999}) { record { id } } }"

    assert await code_of(client, query) == "validation_failed"


async def test_hides_the_schema_where_introspection_is_off(graphql_service: GraphQLService) -> None:
    async with graphql_service(introspection=False, graphiql=False) as client:
        assert await code_of(client, "{ __schema { __typename } }") == "validation_failed"
        assert await code_of(client, '{ __type(name: "Record") { name } }') == "validation_failed"
        guess = await execute(client, "{ recordz { id } }")
        page = await client.get("/graphql", params={"query": "{ __typename }"}, headers={"Accept": "text/html"})

    assert "Did you mean" not in guess["errors"][0]["message"]
    assert page.status_code == 406


async def test_several_accept_headers_mean_one_with_all_that_they_name(client: httpx2.AsyncClient) -> None:
    accepted = [("Accept", "text/plain"), ("Accept", "application/json")]

    posted = await client.post("/graphql", json={"query": "{ __typename }"}, headers=accepted)
    exported = await client.get("/export", headers=[("Accept", "text/plain"), ("Accept", "text/csv")])

    assert (posted.status_code, posted.json()) == (200, {"data": {"__typename": "Query"}})
    assert exported.headers["content-type"].startswith("text/csv")
