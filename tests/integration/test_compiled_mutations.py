"""A mutation that is compiled is carried out once, and is answered as its resolver answers it, whatever comes of it."""

import json
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import httpx2
import pytest
from sqlalchemy import text

from datastore_service.api.graphql.compiler.answers import Tally
from datastore_service.application.errors import Forbidden, StoreUnavailable
from datastore_service.application.limits import Limits
from datastore_service.application.mediator import Mediator
from datastore_service.application.messages import Message
from datastore_service.application.ports.authorization import Authorization
from datastore_service.application.request_context import Actor, RequestContext
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.bootstrap import build_mediator
from datastore_service.config.settings import Settings
from datastore_service.infrastructure.database.engine.pools import Engines
from datastore_service.testing import empty
from tests.both_ways import BothWays, Counting, both_ways, without_news

ID: Final = "01a210d2-60bc-70f9-9dd6-c14b2b5c84b9"
OTHER: Final = "01a210d2-60bc-70f9-9dd6-c14b2b5c84ba"
DELETED: Final = "01a210d2-60bc-70f9-9dd6-c14b2b5c84bb"
MISSING: Final = "01a210d2-60bc-70f9-9dd6-c14b2b5c84bc"
RECORD: Final = "id __typename collection version payload tags createdAt updatedAt deletedAt"
ERRORS: Final = "userErrors { code message path currentVersion }"


def mutation(name: str, selected: str) -> str:
    kind = f"{name[0].upper()}{name[1:]}Input!"
    return f"mutation ($input: {kind}) {{ {name}(input: $input) {{ {selected} {ERRORS} }} }}"


CREATE: Final = mutation("createRecord", f"record {{ {RECORD} }}")
REPLACE: Final = mutation("replaceRecord", f"created record {{ {RECORD} }}")
PATCH: Final = mutation("patchRecord", f"record {{ {RECORD} }}")
DELETE: Final = mutation("deleteRecord", "id __typename")
RESTORE: Final = mutation("restoreRecord", f"record {{ {RECORD} }}")
REVERT: Final = mutation("revertRecord", f"record {{ {RECORD} }}")
WITH_PARTS: Final = (
    "mutation ($tag: String!) { createRecord(input: {payload: [$tag], tags: [$tag]}) { record { tags } } }"
)
WITH_DEFAULT: Final = """
mutation ($input: CreateRecordInput = {payload: [1]}) { createRecord(input: $input) { __typename record { payload } } }
"""
WRITTEN: Final = """
mutation { made: createRecord(input: {payload: {a: [1.50, -1]}}) { record { one: payload(path: "a") all: payload } } }
"""
EMPTY: Final = "mutation { createRecord(input: {payload: 1}) { record { id @skip(if: true) } userErrors { code } } }"
BATCH: Final = mutation("applyBatch", f"results {{ id created record {{ {RECORD} }} }}")


@dataclass(slots=True)
class Service:
    """Both ways, and what either has sent."""

    ways: BothWays
    mediator: Counting

    async def carried_out(self, query: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        """Returns what is answered by the compiled way, which has to have sent one command, and to have succeeded."""
        self.mediator.sent.clear()
        answer = await post(self.ways.compiling, query, variables)
        assert len(self.mediator.sent) == 1
        assert self.ways.tally == Tally(compiled=1, interpreted=0)
        return answer.json()["data"]

    async def refused(self, query: str, variables: dict[str, Any] | None = None, *, sent: int = 1) -> httpx2.Response:
        """Returns what is answered both ways, each of which sends as many commands."""
        self.mediator.sent.clear()
        answer = await self.ways.answer(query, variables)
        assert len(self.mediator.sent) == 2 * sent
        assert self.ways.tally == Tally(compiled=0, interpreted=1)
        return answer


async def post(
    client: httpx2.AsyncClient, query: str, variables: dict[str, Any] | None, **more: str
) -> httpx2.Response:
    body = json.dumps({"query": query, "variables": variables})
    return await client.post("/graphql", content=body, headers={"Content-Type": "application/json", **more})


async def fill(client: httpx2.AsyncClient) -> None:
    await client.put("/collections/strict", json={"schema": {"type": "object"}})
    for record_id in (ID, OTHER, DELETED):
        await client.put(f"/records/{record_id}", json={"collection": "people", "payload": {"a": 1}, "tags": ["x"]})
    await client.put(f"/records/{ID}", json={"payload": {"a": 2}})
    await client.delete(f"/records/{DELETED}")


@pytest.fixture
async def service(sql_settings: Settings, sql_mediator: Mediator) -> AsyncGenerator[Service]:
    mediator = Counting(sql_mediator)
    async with both_ways(sql_settings, mediator) as ways:
        await fill(ways.compiling)
        yield Service(ways, mediator)


@pytest.mark.parametrize(
    ("query", "given"),
    [
        (CREATE, {"payload": {"é\u2028": ["\u0001'\"\\", None]}, "tags": ["b", "a", "b"]}),
        (CREATE, {"id": MISSING, "collection": "new", "payload": None}),
        (CREATE, {"payload": 1, "tags": "one"}),
        (WITH_PARTS, None),
        (WITH_DEFAULT, None),
        (WRITTEN, None),
        (EMPTY, None),
        (REPLACE, {"id": ID, "payload": 1, "expectedVersion": 2}),
        (REPLACE, {"id": MISSING, "payload": 1, "expectExisting": False}),
        (PATCH, {"id": ID, "patch": {"payload": {"b": None, "c": 3}, "tags": ["z"]}}),
        (
            PATCH,
            {
                "id": ID,
                "patch": [{"op": "test", "path": "/payload/a", "value": 2}, {"op": "remove", "path": "/payload/a"}],
            },
        ),
        (DELETE, {"id": ID, "expectedVersion": 2}),
        (RESTORE, {"id": DELETED}),
        (REVERT, {"id": ID, "version": 1}),
        (
            BATCH,
            {
                "operations": [
                    {"create": {"lid": "new", "payload": {"a": ID}}},
                    {"patch": {"id": OTHER, "patch": {"payload": {"a": 3}}}},
                    {"link": {"source": ID, "relation": "knows", "targetLid": "new"}},
                    {"delete": {"id": OTHER}},
                ]
            },
        ),
        (BATCH, {"operations": []}),
    ],
)
async def test_carries_out_at_once(
    service: Service, engines: Engines, query: str, given: dict[str, Any] | None
) -> None:
    variables = {"tag": "t"} if given is None else {"input": given}
    compiled = await service.carried_out(query, variables)
    await empty(engines)
    await fill(service.ways.interpreting)

    interpreted = (await post(service.ways.interpreting, query, variables)).json()

    assert "errors" not in interpreted
    known = [ID, OTHER, DELETED, MISSING]
    assert without_news(json.dumps(compiled), known) == without_news(json.dumps(interpreted["data"]), known)


REFUSED: Final[list[tuple[str, dict[str, Any], int, str]]] = [
    (CREATE, {}, 0, "validation_failed"),
    (CREATE, {"payload": 1, "collection": "ü"}, 1, "validation_failed"),
    (CREATE, {"payload": 1, "tags": ["a", ""]}, 1, "validation_failed"),
    (CREATE, {"payload": 1, "id": ID}, 1, "record_exists"),
    (CREATE, {"payload": 1, "id": DELETED}, 1, "record_exists"),
    (CREATE, {"payload": 1, "collection": "strict"}, 1, "schema_violated"),
    (REPLACE, {"payload": 1, "id": ID, "expectedVersion": 1}, 1, "precondition_failed"),
    (REPLACE, {"payload": 1, "id": ID, "expectExisting": False}, 1, "precondition_failed"),
    (REPLACE, {"payload": 1, "id": ID, "collection": "b"}, 1, "collection_mismatch"),
    (PATCH, {"id": ID, "patch": [{"op": "guess"}]}, 0, "malformed_patch"),
    (PATCH, {"id": ID, "patch": [{"op": "test", "path": "/payload/a", "value": 1}]}, 1, "patch_test_failed"),
    (PATCH, {"id": MISSING, "patch": {}}, 1, "record_not_found"),
    (DELETE, {"id": ID, "expectedVersion": 9}, 1, "precondition_failed"),
    (RESTORE, {"id": ID}, 1, "record_not_deleted"),
    (REVERT, {"id": ID, "version": 9}, 1, "revision_not_found"),
    (BATCH, {"operations": [{}]}, 0, "validation_failed"),
    (BATCH, {"operations": [{"delete": {"id": ID}}, {"delete": {"id": MISSING}}]}, 1, "record_not_found"),
]


@pytest.mark.parametrize(("query", "given", "sent", "code"), REFUSED)
async def test_is_refused_once(service: Service, query: str, given: dict[str, Any], sent: int, code: str) -> None:
    answer = await service.refused(query, {"input": given}, sent=sent)

    ((_, payload),) = answer.json()["data"].items()
    assert [error["code"] for error in payload["userErrors"]] == [code]


@pytest.mark.parametrize("given", [None, {"payload": 1, "id": "nobody"}, {"payload": 1, "unknown": 1}, {"tags": 1}])
async def test_sends_nothing_where_the_input_is_none(service: Service, given: object) -> None:
    answer = await service.refused(CREATE, {"input": given}, sent=0)

    assert answer.json()["errors"]


class Failing(Mediator):
    """Fails what creates records."""

    def __init__(self, mediator: Mediator, error: Exception) -> None:
        super().__init__({})
        self._mediator = mediator
        self._error = error

    async def send[R](self, message: Message[R], context: RequestContext | None = None) -> R:
        if isinstance(message, CreateRecord):
            raise self._error
        return await self._mediator.send(message, context)


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (StoreUnavailable("The database cannot be reached."), 503, "store_unavailable"),
        (RuntimeError("nobody knows"), 200, "internal_error"),
    ],
)
async def test_fails_once(
    sql_settings: Settings, sql_mediator: Mediator, error: Exception, status: int, code: str
) -> None:
    mediator = Counting(Failing(sql_mediator, error))
    async with both_ways(sql_settings, mediator) as ways:
        answers = [
            await post(client, CREATE, {"input": {"payload": 1}}) for client in (ways.compiling, ways.interpreting)
        ]

    assert [answer.status_code for answer in answers] == [status, status]
    for answer in answers:
        ((told),) = answer.json()["errors"]
        assert (told["path"], told["extensions"]["code"]) == (["createRecord"], code)
    assert [answer.headers.get("retry-after") for answer in answers] == (["1"] * 2 if status == 503 else [None] * 2)
    assert len(mediator.sent) == 2


async def test_asks_the_authorization_once(sql_settings: Settings, engines: Engines) -> None:
    asked: list[Message[Any]] = []

    class NobodyCreates:
        async def authorize(self, message: Message[Any], actor: Actor, /) -> Message[Any]:
            asked.append(message)
            raise Forbidden(f"{actor.id} may not.")

    mediator = Counting(build_mediator(engines, Limits(), {Authorization: NobodyCreates}))
    async with both_ways(sql_settings, mediator) as ways:
        answer = await Service(ways, mediator).refused(CREATE, {"input": {"payload": 1}})

    assert answer.json()["data"]["createRecord"]["userErrors"][0]["code"] == "forbidden"
    assert len(asked) == 2


async def test_tells_an_integer_that_is_none_of_graphql(service: Service, engines: Engines) -> None:
    async with engines.write.begin() as connection:
        await connection.execute(text("UPDATE records SET version = 2147483647"))

    answer = await post(service.ways.compiling, REPLACE, {"input": {"id": ID, "payload": "new"}})
    found = await service.ways.compiling.get(f"/records/{ID}")

    assert answer.json()["errors"][0]["path"] == ["replaceRecord", "record", "version"]
    assert (found.json()["version"], found.json()["payload"]) == (2147483648, "new")


@pytest.mark.parametrize(
    "query",
    [
        "mutation { a: createRecord(input: {payload: 1}) { record { id } } b: __typename }",
        "mutation { createRecord(input: {payload: 1}) { record { id links { totalCount } } } }",
        f'mutation {{ linkRecords(input: {{source: "{ID}", relation: "a", target: "{ID}"}}) {{ created }} }}',
    ],
)
async def test_leaves_the_rest_to_the_resolvers(service: Service, query: str) -> None:
    service.mediator.sent.clear()

    answer = await post(service.ways.compiling, query, None)

    assert "errors" not in answer.json()
    assert len(service.mediator.sent) == 1
    assert service.ways.tally == Tally(compiled=0, interpreted=1)


async def test_gives_advice_from_the_resolvers(service: Service) -> None:
    answer = await post(service.ways.compiling, CREATE, {"input": {"payload": 1}}, Prefer="explain")

    assert answer.json()["data"]["createRecord"]["userErrors"] == []
    assert service.ways.tally == Tally(compiled=0, interpreted=0)


async def test_carries_out_a_request_once_that_comes_again(service: Service) -> None:
    inputs = [{"payload": 1}, {"payload": 1, "id": ID}]
    for key, given in enumerate(inputs):
        service.mediator.sent.clear()
        answers = [
            await post(service.ways.compiling, CREATE, {"input": given}, **{"Idempotency-Key": str(key)})
            for _ in range(2)
        ]
        assert answers[0].json() == answers[1].json()
        assert [answer.headers.get("idempotency-replayed") for answer in answers] == [None, "true"]
        assert len(service.mediator.sent) == 2

    assert service.ways.tally == Tally(compiled=2, interpreted=2)


async def test_changes_nothing_by_get(service: Service) -> None:
    service.mediator.sent.clear()

    answer = await service.ways.compiling.get("/graphql", params={"query": EMPTY})

    assert (answer.status_code, answer.headers["allow"], service.mediator.sent) == (405, "POST", [])


async def test_keeps_to_the_limits(sql_settings: Settings, sql_mediator: Mediator) -> None:
    graphql = sql_settings.graphql.model_copy(update={"max_cost": 4})
    mediator = Counting(sql_mediator)
    async with both_ways(sql_settings.model_copy(update={"graphql": graphql}), mediator) as ways:
        answer = await Service(ways, mediator).refused(CREATE, {"input": {"payload": 1}}, sent=0)

    assert answer.json()["errors"][0]["extensions"]["code"] == "document_too_costly"


async def test_carries_out_a_document_that_is_named(service: Service) -> None:
    named = {"persistedQuery": {"version": 1, "sha256Hash": sha256(EMPTY.encode()).hexdigest()}}

    unknown = await service.ways.compiling.post("/graphql", json={"extensions": named})
    known = await service.ways.compiling.post("/graphql", json={"query": EMPTY, "extensions": named})
    again = await service.ways.compiling.post("/graphql", json={"extensions": named})

    assert unknown.json()["errors"][0]["message"] == "PersistedQueryNotFound"
    assert known.json() == again.json() == {"data": {"createRecord": {"record": {}, "userErrors": []}}}
    assert service.ways.tally == Tally(compiled=2, interpreted=0)
