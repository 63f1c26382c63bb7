"""The end of the log. Followers that ask at the same moment share one read."""

import asyncio
from collections.abc import Awaitable, Callable

from datastore_service.application.position import Position


class LogHead:
    """Reads the end of the log once for all callers that wait: followers often reconnect at the same moment."""

    def __init__(self, look: Callable[[], Awaitable[Position]]) -> None:
        self._look = look
        self._running: asyncio.Task[Position] | None = None
        self._following: asyncio.Task[Position] | None = None

    async def now(self) -> Position:
        """Returns a place behind all that was committed before it was asked for.

        Raises:
            StoreUnavailable: The store cannot be reached.
        """
        if self._following is None:
            self._following = asyncio.create_task(self._after(self._running), name="end of the log")
            self._following.add_done_callback(_retrieve)
        return await asyncio.shield(self._following)

    async def _after(self, before: asyncio.Task[Position] | None) -> Position:
        # A read that began before the caller asked may miss what was committed meanwhile.
        if before is not None:
            await asyncio.wait([before])
        self._running, self._following = self._following, None
        return await self._look()


def _retrieve(task: asyncio.Task[Position]) -> None:
    """Takes note of an error where all who asked have gone."""
    if not task.cancelled():
        task.exception()
