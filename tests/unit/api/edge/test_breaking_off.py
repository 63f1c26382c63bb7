"""What is logged of answers that break off after they have begun."""

import logging

import pytest
from starlette.types import Message, Receive, Scope, Send

from datastore_service.api.edge.admission import BROKEN_OFF
from datastore_service.application.errors import StoreUnavailable
from tests.unit.api.protection.guarding import guard


async def answer_until(error: Exception) -> tuple[Scope, list[Message]]:
    """Begins an answer and fails; returns the scope, and what was sent."""
    sent: list[Message] = []
    head: Scope = {"http_version": "1.1", "method": "GET", "path": "/export", "query_string": b"", "headers": []}
    scope: Scope = {"type": "http", "state": {"correlation_id": "mine"}, **head}

    async def fail(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"some", "more_body": True})
        raise error

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    await guard(fail)(scope, receive, send)
    return scope, sent


def after_starlette(error: Exception) -> RuntimeError:
    """Returns what Starlette raises in the place of an error that has a handler, if the answer has begun."""
    raised = RuntimeError("Caught handled exception, but response already started.")
    raised.__cause__ = error
    return raised


@pytest.mark.parametrize("wrapped", [True, False])
async def test_a_database_that_goes_away_is_one_line(caplog: pytest.LogCaptureFixture, *, wrapped: bool) -> None:
    away = StoreUnavailable("The database cannot be reached.")

    scope, sent = await answer_until(after_starlette(away) if wrapped else away)

    assert len(sent) == 2
    assert BROKEN_OFF in scope
    assert [(record.levelno, record.getMessage(), record.exc_info) for record in caplog.records] == [
        (logging.WARNING, "A response was cut off: The database cannot be reached.", None)
    ]


async def test_a_fault_of_the_service_has_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    fault = LookupError("a fault")

    await answer_until(fault)

    (record,) = caplog.records
    assert (record.levelno, record.exc_info and record.exc_info[1]) == (logging.ERROR, fault)
