"""Each message is a span of the trace that it belongs to; there only where traces are wanted."""

from dataclasses import dataclass
from typing import Any

from datastore_service.application.errors import StoreUnavailable
from datastore_service.application.mediator import Step
from datastore_service.application.messages import Command, Message
from datastore_service.application.ports.tracing import SendTracer
from datastore_service.domain.errors import DomainError


@dataclass(frozen=True, slots=True)
class TraceSends:
    """Tells the tracer of each message's type and outcome; never what it carries."""

    tracer: SendTracer

    async def __call__(self, following: Step, message: Message[Any], /) -> Any:  # noqa: ANN401 - the message's own result
        kind = "command" if isinstance(message, Command) else "query"
        with self.tracer.message(kind, type(message).__name__) as came_to:
            try:
                result = await following(message)
            except (DomainError, StoreUnavailable) as error:
                came_to(error.code)
                raise
            came_to("ok")
            return result
