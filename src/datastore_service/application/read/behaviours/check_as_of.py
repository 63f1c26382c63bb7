"""Refuses an `as_of` that is in the future, not final yet, or before the retention horizon."""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from datastore_service.application.freshness import SeenUntil
from datastore_service.application.mediator import Step
from datastore_service.application.messages import Command, Message, Query
from datastore_service.application.ports.clock import Clock
from datastore_service.application.ports.closed_time import ClosedTime
from datastore_service.application.read.ports.history import HistoryReader
from datastore_service.domain.errors import AsOfInFuture, HistoryExpired

_APART: Final = timedelta(milliseconds=100)
"""How far the clocks of two processes may be apart: a time that one has given out must have come for the other."""


@dataclass(frozen=True, slots=True)
class CheckAsOf:
    """Checks the `as_of` of each message that has one, of its own or in its criteria.

    The history reader checks whether the history of a single record reaches back that far.
    """

    clock: Clock
    closed_time: ClosedTime
    history: HistoryReader

    def concerns(self, message: type[Message[Any]], /) -> bool:
        """Takes messages that may name a time."""
        return hasattr(message, "as_of") or (issubclass(message, Query) and hasattr(message, "criteria"))

    def __call__(self, following: Step, message: Message[Any], /) -> Awaitable[Any]:
        as_of = getattr(getattr(message, "criteria", message), "as_of", None)
        return following(message) if as_of is None else self._travel(following, message, as_of)

    async def _travel(self, following: Step, message: Message[Any], as_of: datetime) -> Any:  # noqa: ANN401 - the message's own result
        now = self.clock.now()
        if now < as_of <= now + _APART:
            await asyncio.sleep((as_of - now).total_seconds())
        elif as_of > now:
            raise AsOfInFuture(as_of, now)
        # Before the read: a snapshot taken earlier would lack changes that are committed while the time is closed.
        position = await self.closed_time.close(as_of)
        if isinstance(message, Command):
            return await following(message)
        with SeenUntil(position):
            answer = await following(message)
            criteria = getattr(message, "criteria", None)
            if criteria is not None:
                # After the read: the horizon shows an earlier purge, and a later purge removes only what was read.
                await self._expect_kept(criteria.collection, as_of)
        return answer

    async def _expect_kept(self, collection: str | None, as_of: datetime) -> None:
        horizon = await self.history.horizon(collection)
        if horizon is not None and as_of < horizon:
            raise HistoryExpired(f"the collection {collection!r}" if collection else "all collections", horizon)
