"""How many large requests are worked on at the same time: the memory that each takes is a multiple of its own size."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, Token, copy_context
from typing import Final, Self

LARGE_TEXT: Final = 128 * 1024
"""A JSON text up to this many bytes is decoded, checked or changed within some milliseconds."""

_COMPUTING: Final = ThreadPoolExecutor(max_workers=1, thread_name_prefix="computing")
"""Its threads take turns with the event loop. With many of them, the loop would have its turn as seldom."""


class LargeRequests:
    """The room of one process for requests with large bodies or large answers."""

    def __init__(self, most: int) -> None:
        self._room = asyncio.Semaphore(most)

    def working(self) -> "Work":
        """Has what is done in this context be for one request, which leaves its room at the end at the latest."""
        return Work(self._room)


class Work:
    """The work on a request, which takes room once the request or its answer turns out to be large."""

    __slots__ = ("_before", "_entering", "_has_left", "_has_room", "_room")

    _before: "Token[Work | None]"

    def __init__(self, room: asyncio.Semaphore) -> None:
        self._room = room
        self._entering: asyncio.Lock | None = None
        self._has_room = self._has_left = False

    def begin(self) -> None:
        """Has all that is done in this context from now on be this work, until another begins."""
        _current.set(self)

    def __enter__(self) -> Self:
        self._before = _current.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        _current.reset(self._before)
        if not self._has_left:
            self.leave()

    @property
    def has_room(self) -> bool:
        """Whether the request is known to be large."""
        return self._has_room

    async def enter(self) -> None:
        """Waits for room, and takes it: once, however many parts of the work are large.

        So no work that has room waits for more of it, and none can wait for each other.
        """
        if self._entering is None:
            self._entering = asyncio.Lock()
        async with self._entering:
            if self._has_room or self._has_left:
                return
            await self._room.acquire()
            if self._has_left:
                self._room.release()
            else:
                self._has_room = True

    def leave(self) -> None:
        """Leaves its room; what is still done in its context takes none any more."""
        self._has_left = True
        if self._has_room:
            self._has_room = False
            self._room.release()


_current: ContextVar[Work | None] = ContextVar("large_request", default=None)


async def room_for_large_request() -> None:
    """Waits until the request that is worked on in this context may be large; outside of requests there is no limit."""
    work = _current.get()
    if work is not None:
        await work.enter()


def is_large_request() -> bool:
    """Tells whether the request that is worked on in this context, or its answer, has turned out to be large."""
    work = _current.get()
    return work is not None and work.has_room


async def computed_if[T](takes_long: bool, compute: Callable[[], T]) -> T:
    """Returns what a function returns; it takes turns with what others are answered if it may compute for long."""
    return await computed(compute) if takes_long else compute()


async def computed[T](compute: Callable[[], T]) -> T:
    """Returns what a function returns that computes for long; it takes turns with what others are answered."""
    return await asyncio.get_running_loop().run_in_executor(_COMPUTING, copy_context().run, compute)
