"""How many large answers are made at the same time: the memory that each takes is a multiple of its own size."""

import asyncio
from contextvars import ContextVar, Token
from typing import Self


class LargeAnswers:
    """The room for large answers of one process."""

    def __init__(self, most: int) -> None:
        self._room = asyncio.Semaphore(most)

    def answering(self) -> "Answer":
        """Has what is done in this context be for one answer, which leaves its room at the end at the latest."""
        return Answer(self._room)


class Answer:
    """An answer, which takes room once it turns out to be large."""

    __slots__ = ("_before", "_entering", "_has_left", "_has_room", "_room")

    _before: "Token[Answer | None]"

    def __init__(self, room: asyncio.Semaphore) -> None:
        self._room = room
        self._entering: asyncio.Lock | None = None
        self._has_room = self._has_left = False

    def __enter__(self) -> Self:
        self._before = _current.set(self)
        return self

    def __exit__(self, *_: object) -> None:
        _current.reset(self._before)
        if not self._has_left:
            self.leave()

    async def enter(self) -> None:
        """Waits for room, and takes it: once, however many parts of the answer are large.

        So no answer that has room waits for more of it, and none can wait for each other.
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


_current: ContextVar[Answer | None] = ContextVar("large_answer", default=None)


async def room_for_large_answer() -> None:
    """Waits until the answer that is made in this context may be large; outside of an answer there is no limit."""
    answer = _current.get()
    if answer is not None:
        await answer.enter()
