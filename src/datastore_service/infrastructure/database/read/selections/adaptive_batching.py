"""Batches lists as long as they are fast."""

from collections.abc import Awaitable, Callable, Sequence
from time import monotonic
from typing import Final

from datastore_service.infrastructure.database.engine.batching import Batcher

_QUICK: Final = 0.01
"""The longest time, in seconds, that a list may take to be batched."""

_SLOW: Final = 0.1
"""The time, in seconds, after which a group was too slow."""

_PAUSE: Final = 60.0
"""How long, in seconds, lists are then not batched."""

_UNDER_WAY: Final = 2


class AdaptiveBatcher[Q, A]:
    """Lets concurrent requests share a statement, once a separate one was fast.

    A statement runs on one core. A fast list costs less than the overhead of its own statement. But a filter without an
    index may search a whole collection for a rare value, and everything in the same statement would wait.
    """

    def __init__(
        self,
        alone: Callable[[Q], Awaitable[A]],
        together: Callable[[Sequence[Q]], Awaitable[Sequence[A | Exception]]],
        *,
        most: int,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        """Starts without batching.

        Args:
            alone: Answers one request.
            together: Answers a group of requests.
            most: The maximum size of a group.
            clock: Returns the time in seconds.
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
