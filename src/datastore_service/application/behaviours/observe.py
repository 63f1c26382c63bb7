"""Logs, metrics and traces of the messages that are sent."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from datastore_service.application.errors import StoreUnavailable
from datastore_service.application.mediator import Step
from datastore_service.application.messages import Command, Message
from datastore_service.application.ports.observation import Ending, SendObserver
from datastore_service.application.request_context import current_context
from datastore_service.domain.errors import DomainError

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ObserveSends:
    """Tells each observer when a message begins, and how it ends. The first to begin is the last to end."""

    observers: Sequence[SendObserver]

    async def __call__(self, following: Step, message: Message[Any], /) -> Any:  # noqa: ANN401 - the message's own result
        kind = "command" if isinstance(message, Command) else "query"
        name = type(message).__name__
        endings = [ending for each in self.observers if (ending := each.begins(kind, name)) is not None]
        start = perf_counter()
        outcome = "failed"
        try:
            result = await following(message)
            outcome = "ok"
        except (DomainError, StoreUnavailable) as error:
            outcome = error.code
            raise
        finally:
            seconds = perf_counter() - start
            for ending in reversed(endings):
                ending(outcome, seconds)
        return result


class LogObserver:
    """Writes a line to the log for each message, with its type, outcome and duration."""

    def begins(self, _kind: str, message: str, /) -> Ending | None:
        """Looks whether such lines are wanted at all."""
        if not _log.isEnabledFor(logging.INFO):
            return None

        def end(outcome: str, seconds: float) -> None:
            _log.info(
                "%s: %s",
                message,
                outcome,
                extra={
                    "message_type": message,
                    "outcome": outcome,
                    "duration_ms": round(seconds * 1000, 3),
                    "correlation_id": current_context().correlation_id,
                },
            )

        return end
