"""What observers are told of each message that is sent, and the line in the log."""

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial

import pytest

from datastore_service.application.behaviours import observe
from datastore_service.application.behaviours.observe import LogObserver, ObserveSends
from datastore_service.application.errors import StoreUnavailable
from datastore_service.application.mediator import Mediator
from datastore_service.application.messages import Command, Query
from datastore_service.domain.errors import InvalidValue

SECRET = "hunter2"  # noqa: S105 - it stands for any payload


@dataclass(frozen=True, slots=True)
class Store(Command[str]):
    payload: str = SECRET
    error: BaseException | None = None


@dataclass(frozen=True, slots=True)
class Look(Query[str]):
    error: BaseException | None = None


class Handles:
    async def handle(self, message: Store | Look) -> str:
        if message.error:
            raise message.error
        return "done"


@dataclass
class Noted:
    """Notes what it is told, with its name."""

    name: str = ""
    notes: list[tuple[str, ...]] = field(default_factory=list[tuple[str, ...]])

    def begins(self, kind: str, message: str, /) -> Callable[[str, float], None]:
        self.notes.append((self.name, "begins", kind, message))
        return partial(self._ends, kind, message)

    def _ends(self, kind: str, message: str, outcome: str, seconds: float) -> None:
        assert 0 <= seconds < 60
        self.notes.append((self.name, kind, message, outcome))


class CaresForNoEnd:
    def begins(self, _kind: str, _message: str, /) -> None:
        pass


def mediator_with(*observers: observe.SendObserver) -> Mediator:
    return Mediator({Store: Handles(), Look: Handles()}, [ObserveSends(observers)])


@pytest.mark.parametrize(
    ("message", "noted"),
    [
        (Store(), ("command", "Store", "ok")),
        (Look(), ("query", "Look", "ok")),
        (Look(InvalidValue("/a", "It is bad.")), ("query", "Look", "validation_failed")),
        (Look(StoreUnavailable("It is away.")), ("query", "Look", "store_unavailable")),
        (Store(error=RuntimeError()), ("command", "Store", "failed")),
        (Store(error=TimeoutError()), ("command", "Store", "failed")),
        (Store(error=KeyboardInterrupt()), ("command", "Store", "failed")),
    ],
)
async def test_reports_kind_type_and_outcome_and_passes_errors_on(
    message: Store | Look, noted: tuple[str, str, str]
) -> None:
    observer = Noted()
    mediator = mediator_with(observer)

    if message.error is None:
        assert await mediator.send(message) == "done"
    else:
        with pytest.raises(type(message.error)) as raised:
            await mediator.send(message)
        assert raised.value is message.error

    assert observer.notes == [("", "begins", *noted[:2]), ("", *noted)]


async def test_the_first_to_begin_is_the_last_to_end() -> None:
    notes: list[tuple[str, ...]] = []

    await mediator_with(Noted("outer", notes), CaresForNoEnd(), Noted("inner", notes)).send(Look())

    assert [name for name, *_ in notes] == ["outer", "inner", "inner", "outer"]


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Mediator:
    caplog.set_level(logging.INFO, observe.__name__)
    return mediator_with(LogObserver())


def line_of(caplog: pytest.LogCaptureFixture) -> logging.LogRecord:
    (line,) = caplog.records
    return line


@pytest.mark.parametrize(
    ("error", "outcome"),
    [(None, "ok"), (InvalidValue("/payload", f"{SECRET} is bad."), "validation_failed"), (RuntimeError(), "failed")],
)
async def test_logs_type_outcome_and_duration(
    error: Exception | None, outcome: str, logged: Mediator, caplog: pytest.LogCaptureFixture
) -> None:
    with suppress(InvalidValue, RuntimeError):
        await logged.send(Store(error=error))

    line = line_of(caplog)
    assert (line.levelname, line.getMessage()) == ("INFO", f"Store: {outcome}")
    assert (vars(line)["message_type"], vars(line)["outcome"]) == ("Store", outcome)
    assert 0 <= vars(line)["duration_ms"] < 60_000


@pytest.mark.parametrize("error", [None, InvalidValue(f"/{SECRET}", SECRET), RuntimeError(SECRET)])
async def test_never_logs_the_content_of_a_message(
    error: Exception | None, logged: Mediator, caplog: pytest.LogCaptureFixture
) -> None:
    with suppress(InvalidValue, RuntimeError):
        await logged.send(Store(SECRET, error))

    line = line_of(caplog)
    assert SECRET not in repr(vars(line))
    assert line.exc_info is None


async def test_logs_nothing_if_the_lines_are_turned_off(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.WARNING, observe.__name__)

    await mediator_with(LogObserver()).send(Look())

    assert not caplog.records
