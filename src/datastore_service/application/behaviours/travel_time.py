"""Nobody reads a time that has not come, or of which not everything is kept."""

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

    async def __call__(self, following: Step, message: Message[Any], /) -> Any:  # noqa: ANN401 - the message's own result
        as_of = _as_of(message)
        if as_of is not None and as_of > (now := self.clock.now()):
            raise TimeNotCome(as_of, now)
        answer = await following(message)
        question = getattr(message, "question", None)
        if as_of is not None and question is not None:
            # Afterwards: what is purged before this look is told by it, and what is purged later has been read.
            await self._expect_kept(question.collection, as_of)
        return answer

    async def _expect_kept(self, collection: str | None, as_of: datetime) -> None:
        horizon = await self.history.horizon(collection)
        if horizon is not None and as_of < horizon:
            raise HistoryNotKept(f"the collection {collection!r}" if collection else "all collections", horizon)


def _as_of(message: Message[Any]) -> datetime | None:
    return getattr(getattr(message, "question", message), "as_of", None) if isinstance(message, Query) else None
