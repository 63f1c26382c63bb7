"""What clients are told of a time whose state is not final yet."""

from datetime import datetime

import httpx2
import pytest
from fastapi import FastAPI

from datastore_service.application.errors import AsOfNotSettled
from datastore_service.application.ports.closed_time import ClosedTime
from tests.fakes.application import in_memory_mediator

AT = "2026-01-01T00:00:01Z"


class NeverClosed:
    """The closed time while others write and write."""

    async def close(self, at: datetime) -> int:
        raise AsOfNotSettled(at)


@pytest.fixture
def unsettled(app: FastAPI, client: httpx2.AsyncClient) -> httpx2.AsyncClient:
    app.state.mediator = in_memory_mediator({ClosedTime: NeverClosed()})
    return client


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", f"/records?as_of={AT}", None),
        ("GET", f"/records?as_of={AT}&fields=id", None),
        ("GET", f"/records/00000000-0000-0000-0000-000000000001?as_of={AT}", None),
        ("GET", f"/records/00000000-0000-0000-0000-000000000001?as_of={AT}&fields=id", None),
        ("POST", "/records/search", {"as_of": AT}),
        ("POST", "/records/aggregate", {"as_of": AT}),
        ("POST", "/collections/people/revert", {"as_of": AT}),
        ("POST", "/collections/people/revert", {"as_of": AT, "dry_run": True}),
    ],
)
async def test_a_time_that_is_not_final_is_refused_for_now(
    unsettled: httpx2.AsyncClient, method: str, path: str, body: object
) -> None:
    response = await unsettled.request(method, path, json=body)

    assert (response.status_code, response.json()["code"]) == (503, "as_of_not_settled")
    assert response.headers["retry-after"] == "1"
    assert "2026-01-01T00:00:01.000000Z" in response.json()["detail"]


@pytest.mark.parametrize(
    "field",
    [
        'record(id: "00000000-0000-0000-0000-000000000001", asOf: $at) { id }',
        "records(asOf: $at) { nodes { id } }",
        "records(asOf: $at) { totalCount }",
        "recordsAggregate(asOf: $at) { truncated }",
    ],
)
async def test_graphql_says_so_with_the_same_code(unsettled: httpx2.AsyncClient, field: str) -> None:
    body = {"query": f"query($at: DateTime!) {{ {field} }}", "variables": {"at": AT}}

    (error,) = (await unsettled.post("/graphql", json=body)).json()["errors"]

    assert (error["extensions"]["code"], error["extensions"]["retryAfter"]) == ("as_of_not_settled", 1)


async def test_a_mutation_says_so_as_of_any_refusal(unsettled: httpx2.AsyncClient) -> None:
    query = "mutation($input: RevertCollectionInput!) { revertCollection(input: $input) { userErrors { code path } } }"

    answer = await unsettled.post("/graphql", json={"query": query, "variables": {"input": {"name": "a", "asOf": AT}}})

    assert answer.json()["data"]["revertCollection"]["userErrors"] == [{"code": "as_of_not_settled", "path": ["asOf"]}]
