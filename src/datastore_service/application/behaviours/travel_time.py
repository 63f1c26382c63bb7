"""Nobody reads a time that has not come."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from datastore_service.application.errors import TimeNotCome
from datastore_service.application.mediator import Step
from datastore_service.application.messages import Message, Query
from datastore_service.application.ports.clock import Clock


@dataclass(frozen=True, slots=True)
class TravelTime:
    """Looks at the `as_of` of each query that has one, be it its own or its question's."""

    clock: Clock

    async def __call__(self, following: Step, message: Message[Any], /) -> Any:  # noqa: ANN401 - the message's own result
        as_of = _as_of(message)
        if as_of is not None and as_of > (now := self.clock.now()):
            raise TimeNotCome(as_of, now)
        return await following(message)


def _as_of(message: Message[Any]) -> datetime | None:
    return getattr(getattr(message, "question", message), "as_of", None) if isinstance(message, Query) else None
