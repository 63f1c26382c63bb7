"""Each message is counted and timed."""

from dataclasses import dataclass
from time import perf_counter
from typing import Any

from datastore_service.application.errors import StoreUnavailable
from datastore_service.application.mediator import Step
from datastore_service.application.messages import Command, Message
from datastore_service.application.ports.measurement import SendMeter
from datastore_service.domain.errors import DomainError


@dataclass(frozen=True, slots=True)
class MeasureSends:
    """Tells the meter of each message's type, outcome and duration."""

    meter: SendMeter

    async def __call__(self, following: Step, message: Message[Any], /) -> Any:  # noqa: ANN401 - the message's own result
        start = perf_counter()
        outcome = "failed"
        try:
            result = await following(message)
            outcome = "ok"
        except (DomainError, StoreUnavailable) as error:
            outcome = error.code
            raise
        finally:
            kind = "command" if isinstance(message, Command) else "query"
            self.meter.message_sent(kind, type(message).__name__, outcome, perf_counter() - start)
        return result
