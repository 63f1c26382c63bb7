"""What clients see of failures that are not theirs."""

import httpx2
import pytest
from fastapi import FastAPI
from starlette.types import Message, Receive, Scope, Send

from datastore_service.application.errors import StoreUnavailable
from datastore_service.application.mediator import Mediator
from datastore_service.application.registry import HANDLERS
from tests.unit.api.protection.guarding import guard


class Failing:
    """A handler that fails with one error, whatever it is sent."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def handle(self, _message: object, /) -> object:
        raise self._error


def fail_with(app: FastAPI, error: Exception) -> None:
    app.state.mediator = Mediator({message: Failing(error) for message in HANDLERS})


async def test_rest_answers_503_while_the_store_is_away(app: FastAPI, client: httpx2.AsyncClient) -> None:
    fail_with(app, StoreUnavailable("The database cannot be reached."))

    for response in (await client.get("/records"), await client.get("/health/ready")):
        assert (response.status_code, response.headers["retry-after"]) == (503, "1")
        assert response.json()["code"] == "store_unavailable"
    assert (await client.get("/health/live")).status_code == 200


async def test_graphql_answers_503_while_the_store_is_away(app: FastAPI, client: httpx2.AsyncClient) -> None:
    fail_with(app, StoreUnavailable("The database cannot be reached."))

    for document in (
        "{ records { nodes { id } } }",
        "mutation { createRecord(input: {payload: 1}) { record { id } } }",
    ):
        response = await client.post("/graphql", json={"query": document})

        assert (response.status_code, response.headers["retry-after"]) == (503, "1")
        assert response.json()["errors"][0]["extensions"]["code"] == "store_unavailable"


async def test_masks_what_it_did_not_foresee(
    app: FastAPI, client: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    fail_with(app, RuntimeError("secret"))

    rest = await client.get("/records")
    graphql = await client.post("/graphql", json={"query": "{ records { nodes { id } } }"})

    assert (rest.status_code, rest.json()["code"]) == (500, "internal_error")
    assert graphql.json()["errors"][0]["extensions"]["code"] == "internal_error"
    assert "secret" not in rest.text + graphql.text
    assert [str(record.exc_info[1]) for record in caplog.records if record.exc_info] == ["secret", "secret"]


async def test_graphql_logs_each_failing_field_once_under_the_id_that_the_client_gets(
    app: FastAPI, client: httpx2.AsyncClient, caplog: pytest.LogCaptureFixture
) -> None:
    fail_with(app, RuntimeError("secret"))
    query = '{ a: records { nodes { id } } b: node(id: "01890a5d-ac96-774b-bcce-b302099a8057") { id } }'
    mutation = "mutation { createRecord(input: {payload: 1}) { record { id } userErrors { code } } }"

    answers = [(await client.post("/graphql", json={"query": text})).json() for text in (query, mutation)]

    told = [error["extensions"]["correlationId"] for answer in answers for error in answer["errors"]]
    logged = [vars(record)["correlation_id"] for record in caplog.records if record.levelname == "ERROR"]
    assert answers[1]["data"] == {"createRecord": None}
    assert None not in told
    assert sorted(told) == sorted(logged)


async def test_logs_once_what_it_did_not_foresee_under_the_id_that_the_client_sees(
    app: FastAPI, caplog: pytest.LogCaptureFixture
) -> None:
    fail_with(app, RuntimeError("secret"))

    # What left the application would be raised here, and logged by a server once more.
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost") as client:
        response = await client.get("/records", headers={"X-Request-Id": "mine"})

    logged = [vars(record) for record in caplog.records if record.exc_info]
    assert response.status_code == 500
    assert response.headers["x-request-id"] == response.json()["correlation_id"] == "mine"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert [line["correlation_id"] for line in logged] == ["mine"]


async def test_an_answer_that_fails_half_way_is_left_without_its_end(caplog: pytest.LogCaptureFixture) -> None:
    sent: list[Message] = []

    async def breaks_off(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError("secret")

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    head: Scope = {"http_version": "1.1", "method": "GET", "path": "/", "query_string": b"", "headers": []}
    await guard(breaks_off)({"type": "http", "state": {"correlation_id": "mine"}, **head}, receive, send)

    assert [message["type"] for message in sent] == ["http.response.start"]
    assert [str(record.exc_info[1]) for record in caplog.records if record.exc_info] == ["secret"]


@pytest.mark.parametrize("path", ["/records", "/graphql"])
async def test_who_hangs_up_in_the_middle_of_a_body_is_no_failure_of_the_service(
    app: FastAPI, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    sent: list[Message] = []
    arriving: list[Message] = [
        {"type": "http.request", "body": b'{"payload":', "more_body": True},
        {"type": "http.disconnect"},
    ]
    scope: Scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "query_string": b"",
        "headers": [(b"host", b"localhost"), (b"content-type", b"application/json")],
    }

    async def receive() -> Message:
        return arriving.pop(0)

    async def send(message: Message) -> None:
        sent.append(message)

    await app(scope, receive, send)

    assert sent[0]["status"] == 400
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
