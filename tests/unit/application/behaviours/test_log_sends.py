"""The line in the log for each message that is sent."""

import logging
from contextlib import suppress
from dataclasses import dataclass

import pytest

from datastore_service.application.behaviours.log_sends import LogSends
from datastore_service.application.mediator import Mediator
from datastore_service.application.messages import Command
from datastore_service.domain.errors import InvalidValue

SECRET = "hunter2"  # noqa: S105 - it stands for any payload


@dataclass(frozen=True, slots=True)
class Store(Command[str]):
    payload: str
    error: BaseException | None = None


class StoreHandler:
    async def handle(self, command: Store) -> str:
        if command.error:
            raise command.error
        return f"stored {command.payload}"


@pytest.fixture
def mediator(caplog: pytest.LogCaptureFixture) -> Mediator:
    caplog.set_level(logging.INFO, LogSends.__module__)
    return Mediator({Store: StoreHandler()}, [LogSends()])


def line_of(caplog: pytest.LogCaptureFixture) -> logging.LogRecord:
    (line,) = caplog.records
    return line


async def test_logs_a_success_and_answers_with_it(mediator: Mediator, caplog: pytest.LogCaptureFixture) -> None:
    answer = await mediator.send(Store(SECRET))

    line = line_of(caplog)
    assert answer == f"stored {SECRET}"
    assert (line.levelname, line.getMessage()) == ("INFO", "Store: ok")
    assert (vars(line)["message_type"], vars(line)["outcome"]) == ("Store", "ok")
    assert 0 <= vars(line)["duration_ms"] < 60_000


@pytest.mark.parametrize(
    ("error", "outcome"),
    [
        pytest.param(InvalidValue("/payload", f"{SECRET} is bad."), "validation_failed", id="refusal"),
        pytest.param(RuntimeError(SECRET), "failed", id="failure"),
        pytest.param(TimeoutError(), "failed", id="timeout"),
        pytest.param(KeyboardInterrupt(), "failed", id="interrupt"),
    ],
)
async def test_logs_what_came_of_it_and_passes_the_error_on(
    error: BaseException, outcome: str, mediator: Mediator, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(type(error)) as raised:
        await mediator.send(Store("a", error))

    line = line_of(caplog)
    assert raised.value is error
    assert (line.getMessage(), vars(line)["outcome"]) == (f"Store: {outcome}", outcome)


@pytest.mark.parametrize("error", [None, InvalidValue(f"/{SECRET}", SECRET), RuntimeError(SECRET)])
async def test_never_logs_what_a_message_carries(
    error: Exception | None, mediator: Mediator, caplog: pytest.LogCaptureFixture
) -> None:
    with suppress(InvalidValue, RuntimeError):
        await mediator.send(Store(SECRET, error))

    line = line_of(caplog)
    assert SECRET not in repr(vars(line))
    assert line.exc_info is None
