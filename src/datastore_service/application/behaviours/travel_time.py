"""Nobody reads a time that has not come, or of which not everything is kept."""

from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from datastore_service.application.mediator import Step
from datastore_service.application.messages import Message, Query
from datastore_service.application.ports.clock import Clock
from datastore_service.application.ports.history import HistoryReader
from datastore_service.domain.errors import HistoryNotKept, TimeNotCome


@dataclass(frozen=True, slots=True)
class TravelTime:
    """Looks at the `as_of` of each query that has one, be it its own or its question's.

    What is kept of a single record, its reader knows better.
    """

    clock: Clock
    history: HistoryReader

    def concerns(self, message: type[Message[Any]], /) -> bool:
        """Takes queries of which a time may be asked."""
        return issubclass(message, Query) and (hasattr(message, "as_of") or hasattr(message, "question"))

    def __call__(self, following: Step, message: Message[Any], /) -> Awaitable[Any]:
        as_of = getattr(getattr(message, "question", message), "as_of", None)
        return following(message) if as_of is None else self._travel(following, message, as_of)

    async def _travel(self, following: Step, message: Message[Any], as_of: datetime) -> Any:  # noqa: ANN401 - the message's own result
        if as_of > (now := self.clock.now()):
            raise TimeNotCome(as_of, now)
        answer = await following(message)
        question = getattr(message, "question", None)
        if question is not None:
            # Afterwards: what is purged before this look is told by it, and what is purged later has been read.
            await self._expect_kept(question.collection, as_of)
        return answer

    async def _expect_kept(self, collection: str | None, as_of: datetime) -> None:
        horizon = await self.history.horizon(collection)
        if horizon is not None and as_of < horizon:
            raise HistoryNotKept(f"the collection {collection!r}" if collection else "all collections", horizon)
