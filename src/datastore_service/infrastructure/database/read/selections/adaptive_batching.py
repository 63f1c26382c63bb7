"""Lists that are read together, as long as that takes PostgreSQL next to no time."""

from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from typing import Final

from datastore_service.infrastructure.database.engine.batching import Batcher

_QUICK: Final = 0.01
"""The longest time, in seconds, that a list may take for others to join it."""

_SLOW: Final = 0.1
"""Seconds from which on a group has taken too long."""

_PAUSE: Final = 60.0
"""For how many seconds lists are not batched after that."""

_UNDER_WAY: Final = 2


class AdaptiveBatcher[Q, A]:
    """Has those who ask while others do share a statement, once one that was alone was quick.

    A statement runs on one core. What is found soon takes less of it than a statement of its own does; but a filter
    without an index may look through a whole collection for a value that is rare, and who shares the statement waits.
    """

    def __init__(
        self,
        alone: Callable[[Q], Awaitable[A]],
        together: Callable[[Sequence[Q]], Awaitable[Sequence[A | Exception]]],
        *,
        most: int,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """Begins with each alone.

        Args:
            alone: Answers one question.
            together: Answers a group of them.
            most: The largest number in a group.
            clock: Tells the time, in seconds.
        """
        self._alone = alone
        self._together = together
        self._clock = clock
        self._group = Batcher(self._answers, most=most, under_way=_UNDER_WAY)
        self._asking = 0
        self._is_quick = False
        self._was_slow = -_PAUSE

    async def submit(self, request: Q) -> A:
        """Returns the answer."""
        self._asking += 1
        try:
            if self._is_quick and self._asking > 1:
                return await self._group.submit(request)
            began = self._clock()
            answer = await self._alone(request)
            now = self._clock()
            self._is_quick = now - began <= _QUICK and now - self._was_slow >= _PAUSE
            return answer
        finally:
            self._asking -= 1

    async def _answers(self, group: Sequence[Q]) -> Sequence[A | Exception]:
        began = self._clock()
        try:
            return await self._together(group)
        finally:
            now = self._clock()
            if now - began >= _SLOW:
                self._is_quick, self._was_slow = False, now
