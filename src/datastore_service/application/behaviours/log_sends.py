"""A line in the log for each message that is sent."""

import logging
from collections.abc import Awaitable
from time import perf_counter
from typing import Any

from datastore_service.application.errors import StoreUnavailable
from datastore_service.application.mediator import Step
from datastore_service.application.messages import Message
from datastore_service.application.request_context import current_context
from datastore_service.domain.errors import DomainError

_log = logging.getLogger(__name__)


class LogSends:
    """Logs the message's type, outcome and duration; never what it carries."""

    def __call__(self, following: Step, message: Message[Any], /) -> Awaitable[Any]:
        return self._log(following, message) if _log.isEnabledFor(logging.INFO) else following(message)

    async def _log(self, following: Step, message: Message[Any]) -> Any:  # noqa: ANN401 - the message's own result
        start = perf_counter()
        outcome = "failed"
        try:
            result = await following(message)
            outcome = "ok"
        except (DomainError, StoreUnavailable) as error:
            outcome = error.code
            raise
        finally:
            _log.info(
                "%s: %s",
                type(message).__name__,
                outcome,
                extra={
                    "message_type": type(message).__name__,
                    "outcome": outcome,
                    "duration_ms": round((perf_counter() - start) * 1000, 3),
                    "correlation_id": current_context().correlation_id,
                },
            )
        return result
