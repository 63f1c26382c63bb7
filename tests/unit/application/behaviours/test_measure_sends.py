"""What is counted of each message that is sent."""

from dataclasses import dataclass, field

import pytest

from datastore_service.application.behaviours.measure_sends import MeasureSends
from datastore_service.application.mediator import Mediator
from datastore_service.application.messages import Command, Query
from datastore_service.domain.errors import InvalidValue


@dataclass(frozen=True, slots=True)
class Store(Command[None]):
    error: BaseException | None = None


@dataclass(frozen=True, slots=True)
class Look(Query[None]):
    error: BaseException | None = None


class Handles:
    async def handle(self, message: Store | Look) -> None:
        if message.error:
            raise message.error


@dataclass
class NotedMessages:
    noted: list[tuple[str, str, str]] = field(default_factory=list[tuple[str, str, str]])

    def message_sent(self, kind: str, message: str, outcome: str, seconds: float, /) -> None:
        assert 0 <= seconds < 60
        self.noted.append((kind, message, outcome))

    def group_written(self, size: int, /) -> None:
        raise NotImplementedError


@pytest.mark.parametrize(
    ("message", "noted"),
    [
        (Store(), ("command", "Store", "ok")),
        (Look(), ("query", "Look", "ok")),
        (Look(InvalidValue("/a", "It is bad.")), ("query", "Look", "validation_failed")),
        (Store(RuntimeError()), ("command", "Store", "failed")),
        (Store(KeyboardInterrupt()), ("command", "Store", "failed")),
    ],
)
async def test_notes_kind_type_and_outcome(message: Store | Look, noted: tuple[str, str, str]) -> None:
    meter = NotedMessages()
    mediator = Mediator({Store: Handles(), Look: Handles()}, [MeasureSends(meter)])

    if message.error is None:
        await mediator.send(message)
    else:
        with pytest.raises(type(message.error)):
            await mediator.send(message)

    assert meter.noted == [noted]
