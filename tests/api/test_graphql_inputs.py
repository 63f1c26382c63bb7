"""What a request says of its variables costs no more than a request may, however wrong it is."""

import time
from typing import Any

import httpx2
import pytest

from tests.api.conftest import GraphQLService

ORDER = "query ($o: [RecordOrder!]) { records(orderBy: $o) { nodes { id } } }"
CREATE = "mutation ($i: CreateRecordInput!) { createRecord(input: $i) { record { id } } }"
MANY = 20_000
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "unknown members": (ORDER, {"o": [{f"x{number}": 1 for number in range(MANY)}]}),
    "unknown members of one that is no list": (ORDER, {"o": {f"x{number}": 1 for number in range(MANY)}}),
    "a wrong member each": (ORDER, {"o": [{f"x{number}": 1} for number in range(MANY)]}),
    "no objects": (ORDER, {"o": list(range(MANY))}),
    "arrays for objects": (ORDER, {"o": [[]] * MANY}),
    "unknown members beside known ones": (CREATE, {"i": {"payload": 1, **{f"x{number}": 1 for number in range(MANY)}}}),
    "objects for texts": (CREATE, {"i": {"payload": 1, "tags": [{}] * MANY}}),
    "an object for an id": (CREATE, {"i": {"payload": 1, "id": dict.fromkeys(map(str, range(MANY)))}}),
    "an array for an object": (CREATE, {"i": [None] * MANY}),
    "a large payload beside wrong members": (
        CREATE,
        {"i": {"payload": [1] * MANY, "a": 1, "b": 2, "c": 3, "d": 4, "e": 5}},
    ),
}


async def errors_of(client: httpx2.AsyncClient, query: str, variables: dict[str, Any]) -> list[dict[str, Any]]:
    """Returns the errors of a request, which took no more computing than a request may."""
    began = time.thread_time()
    answer = await client.post("/graphql", json={"query": query, "variables": variables})
    assert time.thread_time() - began < 1
    return answer.json().get("errors", [])


@pytest.mark.parametrize(("query", "variables"), CASES.values(), ids=CASES)
async def test_tells_the_first_errors_of_many(
    client: httpx2.AsyncClient, query: str, variables: dict[str, Any]
) -> None:
    errors = await errors_of(client, query, variables)

    assert 1 <= len(errors) <= 11
    assert {error["extensions"]["code"] for error in errors} == {"validation_failed"}
    assert all(error["message"].startswith("Variable '$") for error in errors)


async def test_shows_what_is_small_as_it_was_given(client: httpx2.AsyncClient) -> None:
    (error,) = await errors_of(client, ORDER, {"o": [{"attribut": "ID"}]})

    assert error["message"] == (
        "Variable '$o' has invalid value at [0]: Expected value of type 'RecordOrder' not to include unknown field "
        "'attribut'. Did you mean 'attribute'? Found: {'attribut': 'ID'}."
    )


async def test_says_where_an_error_is_that_it_does_not_show(client: httpx2.AsyncClient) -> None:
    errors = await errors_of(client, CREATE, {"i": {"payload": [0] * 200, "tags": [], "size": 1}})

    assert errors == [
        {
            "message": "Variable '$i' has invalid value: Expected value of type 'CreateRecordInput' not to include "
            "unknown field 'size'.",
            "locations": [{"line": 1, "column": 11}],
            "extensions": {"code": "validation_failed"},
        }
    ]


@pytest.mark.parametrize("compiled", [True, False])
async def test_takes_so_many_values_and_no_more(graphql_service: GraphQLService, *, compiled: bool) -> None:
    async with graphql_service(max_input_values=1000, compiled_queries=compiled) as client:
        enough = await errors_of(client, CREATE, {"i": {"payload": [1] * 10_000, "tags": ["a"] * 900}})
        (refused,) = await errors_of(client, CREATE, {"i": {"payload": 1, "tags": ["a"] * 1001}})

    assert enough == []
    assert refused["extensions"]["code"] == "too_many_values"


async def test_tells_the_first_errors_of_a_document(client: httpx2.AsyncClient) -> None:
    members = " ".join(f"x{number}: 1" for number in range(600))

    errors = await errors_of(client, f"{{ records(filter: {{{members}}}) {{ nodes {{ id }} }} }}", {})

    assert len(errors) <= 11


@pytest.mark.parametrize("text", ['"%s"', '"""%s"""', "# %s\n1"])
async def test_reads_no_document_that_is_too_long(client: httpx2.AsyncClient, text: str) -> None:
    (error,) = await errors_of(client, f"{{ records(search: {text % ('x' * 8_000_000)}) {{ nodes {{ id }} }} }}", {})

    assert error["extensions"]["code"] == "document_too_long"
