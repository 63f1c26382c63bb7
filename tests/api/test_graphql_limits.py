"""How much one GraphQL document may ask for."""

from time import perf_counter
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from graphql import get_introspection_query

from tests.api.conftest import GraphQLService

ID = "01890a5d-ac96-774b-bcce-b302099a8057"
RESPONSE_TYPE = "application/graphql-response+json"


async def ask(client: httpx2.AsyncClient, query: str, **variables: object) -> dict[str, Any]:
    response = await client.post(
        "/graphql", json={"query": query, "variables": variables}, headers={"Accept": RESPONSE_TYPE}
    )
    assert response.status_code == (200 if "data" in response.json() else 400)
    return response.json()


async def codes_of(client: httpx2.AsyncClient, query: str, **variables: object) -> list[str]:
    answer = await ask(client, query, **variables)
    return [error["extensions"]["code"] for error in answer.get("errors", [])]


async def test_limits_how_deep_fields_are_nested(graphql_service: GraphQLService) -> None:
    async with graphql_service(max_depth=3) as client:
        assert await codes_of(client, "{ records { nodes { id } } }") == []
        assert await codes_of(client, "{ records { edges { node { id } } } }") == ["document_too_deep"]


async def test_fragments_hide_no_depth(graphql_service: GraphQLService) -> None:
    spread = """
      { records { ...A } }
      fragment A on RecordConnection { edges { ...B } }
      fragment B on RecordEdge { node { id } }
    """
    inline = "{ ... { records { ... on RecordConnection { edges { ... { node { id } } } } } } }"

    async with graphql_service(max_depth=3) as client:
        assert await codes_of(client, spread) == ["document_too_deep"]
        assert await codes_of(client, inline) == ["document_too_deep"]
    async with graphql_service(max_depth=4) as client:
        assert await codes_of(client, spread) == []
        assert await codes_of(client, inline) == []


async def test_conditions_hide_no_depth(graphql_service: GraphQLService) -> None:
    query = "query ($no: Boolean!) { records { edges @include(if: $no) { node { id } } pageInfo { hasNextPage } } }"

    async with graphql_service(max_depth=3) as client:
        assert await codes_of(client, query, no=False) == ["document_too_deep"]


async def test_introspection_is_not_too_deep(graphql_service: GraphQLService) -> None:
    query = get_introspection_query(specified_by_url=True, input_value_deprecation=True)

    async with graphql_service(max_depth=1, max_root_fields=1, max_aliases=0) as client:
        answer = await ask(client, query)

    assert answer["data"]["__schema"]["queryType"]["name"] == "Query"


async def test_introspection_does_not_go_round_in_circles(client: httpx2.AsyncClient) -> None:
    query = "{ __schema { types { fields { type { fields { type { fields { name } } } } } } } }"

    assert await codes_of(client, query) == ["validation_failed"]


async def test_limits_the_aliases(graphql_service: GraphQLService) -> None:
    async with graphql_service(max_aliases=2) as client:
        assert await codes_of(client, "{ records { a: nodes { b: id } } }") == []
        assert await codes_of(client, "{ records { a: nodes { b: id c: id } } }") == ["too_many_aliases"]


async def test_fragments_hide_no_aliases(graphql_service: GraphQLService) -> None:
    query = "{ records { edges { node { ...A } } nodes { ...A } } } fragment A on Record { a: id b: id }"

    async with graphql_service(max_aliases=3) as client:
        assert await codes_of(client, query) == ["too_many_aliases"]
    async with graphql_service(max_aliases=4) as client:
        assert await codes_of(client, query) == []


async def test_limits_the_fields_at_the_root(graphql_service: GraphQLService) -> None:
    query = "{ a: __typename ...A } fragment A on Query { b: __typename ... { c: __typename } }"

    async with graphql_service(max_root_fields=2) as client:
        assert await codes_of(client, query) == ["too_many_root_fields"]
    async with graphql_service(max_root_fields=3) as client:
        assert await codes_of(client, query) == []


async def test_limits_the_mutations_of_one_request_before_any_is_carried_out(graphql_service: GraphQLService) -> None:
    one = "createRecord(input: {payload: 1}) { record { id } }"

    async with graphql_service(max_root_fields=2) as client:
        assert await codes_of(client, f"mutation {{ a: {one} b: {one} c: {one} }}") == ["too_many_root_fields"]
        assert (await ask(client, "{ records { totalCount } }"))["data"]["records"]["totalCount"] == 0


async def test_limits_the_tokens(graphql_service: GraphQLService) -> None:
    async with graphql_service(max_tokens=100) as client:
        assert await codes_of(client, f"{{ {' '.join(['__typename'] * 18)} }}") == []
        assert await codes_of(client, f"{{ {' '.join(['__typename'] * 99)} }}") == ["document_too_long"]
        assert await codes_of(client, "#\n" * 101 + "{ __typename }") == ["document_too_long"]


async def test_a_long_text_is_no_long_document(client: httpx2.AsyncClient) -> None:
    query = f'mutation {{ createRecord(input: {{payload: "{"x" * 100_000}"}}) {{ record {{ version }} }} }}'

    assert await codes_of(client, query) == []


@pytest.mark.parametrize(
    ("query", "cost"),
    [
        ("{ __typename }", 1),
        ("{ records { nodes { id } } }", 1 + 1 + 50),
        ("{ records(first: 7) { nodes { id version } } }", 1 + 1 + 7 * 2),
        ("{ records(last: 7) { edges { cursor node { id } } pageInfo { hasNextPage } } }", 1 + 1 + 7 * 3 + 2),
        (
            (
                "{ records(first: 7) { ...A } } "
                "fragment A on RecordConnection { nodes { ...B } } fragment B on Record { id }"
            ),
            9,
        ),
        ("{ records(first: 7) { ... { nodes { ... on Record { id } } } } }", 1 + 1 + 7),
        (
            (
                "{ a: records(first: 3) { ...A } b: records(first: 5) { ...A } } "
                "fragment A on RecordConnection { nodes { id } }"
            ),
            12,
        ),
        ("{ records(first: 7) { nodes { links(first: 3) { nodes { id } } } } }", 1 + 1 + 7 * (1 + 1 + 3)),
        (
            "{ records(first: 7) { nodes { backlinks(last: 3) { edges { node { links { nodes { id } } } } } } } }",
            1 + 1 + 7 * (1 + 1 + 3 * (1 + 1 + 1 + 50)),
        ),
        ("{ records(first: 7) { nodes @skip(if: true) { id } totalCount } }", 2),
        ("{ records(first: 7) { nodes @include(if: false) { id } totalCount } }", 2),
        ("{ records(first: 7) { nodes @include(if: true) @skip(if: false) { id } } }", 9),
        (f'{{ nodes(ids: ["{ID}", "x", "y"]) {{ id }} }}', 1 + 3),
        (f'{{ nodes(ids: "{ID}") {{ id }} }}', 1 + 1),
        ("mutation { createRecord(input: {payload: 1}) { record { id tags } userErrors { code } } }", 6),
    ],
)
async def test_the_cost_is_the_number_of_fields_that_an_answer_may_have(
    graphql_service: GraphQLService, query: str, cost: int
) -> None:
    async with graphql_service(max_cost=cost) as client:
        assert await codes_of(client, query) == []
    async with graphql_service(max_cost=max(1, cost - 1)) as client:
        assert await codes_of(client, query) == (["document_too_costly"] if cost > 1 else [])


async def test_the_cost_depends_on_the_variables(graphql_service: GraphQLService) -> None:
    query = """query ($n: Int = 10, $ids: [ID!] = [], $with: Boolean = true) {
      records(first: $n) { nodes @include(if: $with) { id } }
      nodes(ids: $ids) { id }
    }"""

    async with graphql_service(max_cost=20) as client:
        assert await codes_of(client, query) == []
        assert await codes_of(client, query, n=16) == []
        assert await codes_of(client, query, n=17) == ["document_too_costly"]
        assert await codes_of(client, query, n=None) == ["document_too_costly"]
        assert await codes_of(client, query, ids=["x"] * 8) == ["document_too_costly"]
        assert await codes_of(client, query, ids=["x"] * 8, **{"with": False}) == []


async def test_counts_only_the_operation_that_is_executed(graphql_service: GraphQLService) -> None:
    query = "query A { __typename } query B { records { nodes { id } } }"

    async with graphql_service(max_cost=10) as client:
        for name, status in (("A", 200), ("B", 400)):
            body = {"query": query, "operationName": name}
            response = await client.post("/graphql", json=body, headers={"Accept": RESPONSE_TYPE})
            assert response.status_code == status


async def test_limits_the_ids(graphql_service: GraphQLService) -> None:
    query = "query ($ids: [ID!]!) { nodes(ids: $ids) { id } }"

    async with graphql_service(max_ids=3) as client:
        assert (await ask(client, query, ids=["x", str(uuid4()), "y"]))["data"] == {"nodes": [None, None, None]}
        assert await codes_of(client, query, ids=["x"] * 4) == ["too_many_ids"]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        # Each fragment spreads the next one twice: unfolded, that is 2 ** 100 fields.
        (
            "{ records { nodes { ...F0 } } } "
            + " ".join(f"fragment F{n} on Record {{ ...F{n + 1} ... {{ ...F{n + 1} }} }}" for n in range(100))
            + " fragment F100 on Record { a: id }",
            "too_many_aliases",
        ),
        # What is left out has neither aliases nor a cost.
        (
            "{ records { nodes { id ...F0 @skip(if: true) } } } "
            + " ".join(f"fragment F{n} on Record {{ ...F{n + 1} ... {{ ...F{n + 1} }} }}" for n in range(24))
            + " fragment F24 on Record { version }",
            None,
        ),
        (
            "{ records { nodes { ...F0 } } } "
            + " ".join(f"fragment F{n} on Record {{ ...F{n + 1} }}" for n in range(200))
            + " fragment F200 on Record { id }",
            None,
        ),
        (
            "{ records { ...A } } fragment A on RecordConnection { ...B } fragment B on RecordConnection { ...A }",
            "validation_failed",
        ),
        ("{ records { ...Missing } }", "validation_failed"),
        ("{ a" * 900 + " }" * 900, "document_too_deep"),
        ("{ records { " + "... { " * 300 + "totalCount" + " }" * 300 + " } }", "document_too_deep"),
        (
            "mutation { createRecord(input: {payload: " + "[" * 400 + "]" * 400 + "}) { record { id } } }",
            "document_too_deep",
        ),
        (f'{{ record(id: "{ID}") {{ {"id " * 1900} }} }}', "validation_failed"),
    ],
    ids=["doubling", "left-out", "chain", "cycle", "missing", "fields", "inline", "values", "repeated"],
)
@pytest.mark.parametrize("compiled", [True, False])
async def test_a_hostile_document_costs_no_more_than_any_other(
    graphql_service: GraphQLService, query: str, code: str | None, *, compiled: bool
) -> None:
    start = perf_counter()
    async with graphql_service(compiled_queries=compiled) as client:
        answer = await ask(client, query)

    # Unfolded it would be minutes, or the end of the memory.
    assert perf_counter() - start < 10
    codes = [error["extensions"]["code"] for error in answer.get("errors", [])]
    assert code in codes if code else "internal_error" not in codes


async def test_a_chain_of_fragments_is_too_deep_where_it_is_too_long_to_follow(
    graphql_service: GraphQLService,
) -> None:
    chain = " ".join(f"fragment F{n} on Record {{ ...F{n + 1} }}" for n in range(2000))

    async with graphql_service(max_tokens=100_000) as client:
        query = f"{{ records {{ nodes {{ ...F0 }} }} }} {chain} fragment F2000 on Record {{ id }}"
        assert await codes_of(client, query) == ["document_too_deep"]
