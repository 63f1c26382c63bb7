"""What a write answers has the same values as what is read afterwards."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Any, Final

import httpx2
import pytest

from datastore_service.application.mediator import Mediator
from datastore_service.config.settings import Settings
from tests.both_ways import BothWays, both_ways
from tests.integration.test_parity import ALL, GONE, ID, fill, got, members_of, read, record_of

PATCH: Final = {"Content-Type": "application/merge-patch+json"}
NEW: Final = {"collection": "people", "payload": {"a": 1.50, "b": 10**25}, "tags": ["y", "x"]}
WRITES: Final[dict[str, Callable[[httpx2.AsyncClient], Awaitable[httpx2.Response]]]] = {
    "create": lambda client: client.post("/records", json=NEW),
    "create by PUT": lambda client: client.put("/records/01900000-0000-7000-8000-0000000000b1", json=NEW),
    "replace": lambda client: client.put(f"/records/{ID}", json=NEW),
    "patch": lambda client: client.patch(f"/records/{ID}", content=b'{"payload":{"c":0.10}}', headers=PATCH),
    "restore": lambda client: client.post(f"/records/{GONE}/restore"),
    "revert": lambda client: client.post(f"/records/{ID}/revert", json={"version": 1}),
}
OPERATIONS: Final[dict[str, dict[str, Any]]] = {
    "create": {"op": "create", **NEW},
    "replace": {"op": "replace", "id": ID, **NEW},
    "patch": {"op": "patch", "id": ID, "patch": {"payload": {"c": 0.5}}},
}
MUTATIONS: Final[dict[str, str]] = {
    "createRecord": f'createRecord(input: {{payload: {{a: 1.50}}, tags: ["y", "x"]}}) {{ record {{ {ALL} }} }}',
    "replaceRecord": f'replaceRecord(input: {{id: "{ID}", payload: 0.10, tags: ["y"]}}) {{ record {{ {ALL} }} }}',
    "restoreRecord": f'restoreRecord(input: {{id: "{GONE}"}}) {{ record {{ {ALL} }} }}',
    "revertRecord": f'revertRecord(input: {{id: "{ID}", version: 1}}) {{ record {{ {ALL} }} }}',
}


@pytest.fixture
async def service(sql_settings: Settings, sql_mediator: Mediator) -> AsyncGenerator[BothWays]:
    async with both_ways(sql_settings, sql_mediator) as service:
        await fill(service.compiling)
        yield service


async def answered_as_read(service: BothWays, found: object) -> None:
    members = members_of(found)
    assert members == await record_of(service, members["id"])


@pytest.mark.parametrize("write", WRITES)
async def test_a_write_answers_as_a_read_does(service: BothWays, write: str) -> None:
    answer = await WRITES[write](service.compiling)

    assert answer.is_success, answer.text
    await answered_as_read(service, read(answer.content))


@pytest.mark.parametrize("operation", OPERATIONS)
async def test_a_batch_answers_as_a_read_does(service: BothWays, operation: str) -> None:
    answer = await got(service.compiling, "/batch", {"operations": [OPERATIONS[operation]]})

    await answered_as_read(service, answer["results"][0]["record"])


@pytest.mark.parametrize("mutation", MUTATIONS)
@pytest.mark.parametrize("compiled", [True, False])
async def test_a_mutation_answers_as_a_read_does(service: BothWays, mutation: str, compiled: bool) -> None:
    client = service.compiling if compiled else service.interpreting

    answer = await got(client, "/graphql", {"query": f"mutation {{ {MUTATIONS[mutation]} }}"})

    assert "errors" not in answer, answer
    await answered_as_read(service, answer["data"][mutation]["record"])
