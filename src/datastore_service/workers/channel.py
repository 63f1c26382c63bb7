"""A line between two processes, on which each may tell or ask the other something."""

import asyncio
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from enum import StrEnum
from itertools import count
from typing import Final, Self

import orjson


class MessageType(StrEnum):
    """What is said on the line."""

    POST = "post"
    """A worker asks what it has to do, and is answered when it may begin."""
    READY = "ready"
    """A worker serves."""
    FAILED = "failed"
    """A worker cannot serve; the details are a sentence for the user."""
    METRICS = "metrics"
    """Asks a worker for its own metrics, and the supervisor for those of all; the details are the accepted formats."""


_LONGEST: Final = 64 << 20
"""The bytes of the longest message: the metrics of many workers."""

type Hearing = Callable[[MessageType, str], Awaitable[str]]
"""Takes what the other end has to say, and the details; returns the answer, which may be empty. It never fails."""


class ChannelClosed(Exception):
    """The process at the other end is gone."""


class Channel:
    """One end of the line."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, hear: Hearing) -> None:
        self._reader = reader
        self._writer = writer
        self._hear = hear
        self._numbers = count()
        self._asked: dict[int, asyncio.Future[str]] = {}
        self._hearing = set[asyncio.Task[None]]()
        self._cut = asyncio.Event()

    @classmethod
    @asynccontextmanager
    async def on(cls, end: socket.socket, hear: Hearing) -> AsyncGenerator[Self]:
        """Listens at one end of a pair of sockets until the context ends, which cuts the line."""
        reader, writer = await asyncio.open_connection(sock=end, limit=_LONGEST)
        line = cls(reader, writer, hear)
        listening = asyncio.create_task(line._listen(), name="line")
        try:
            yield line
        finally:
            for task in (listening, *line._hearing):
                task.cancel()
            await asyncio.wait([listening])
            writer.close()

    def send(self, what: MessageType, details: str = "") -> None:
        """Says something, whether or not anybody hears it."""
        self._send(next(self._numbers), what, details)

    async def request(self, what: MessageType, details: str = "") -> str:
        """Says something, and returns what the other end answers.

        Raises:
            LineCut: It answers no more.
        """
        if self._cut.is_set():
            raise ChannelClosed
        number = next(self._numbers)
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        try:
            self._send(number, what, details)
            return await answer
        finally:
            del self._asked[number]

    async def close(self) -> None:
        """Returns when the other process has gone."""
        await self._cut.wait()

    def _send(self, number: int, what: MessageType | None, details: str) -> None:
        # Only a few messages are ever under way, so a writer never waits for the other end to read.
        self._writer.write(orjson.dumps((number, what, details)) + b"\n")

    async def _listen(self) -> None:
        try:
            with suppress(OSError):
                while line := await self._reader.readline():
                    self._take(*orjson.loads(line))
        finally:
            self._cut.set()
            for answer in self._asked.values():
                if not answer.done():
                    answer.set_exception(ChannelClosed())

    def _take(self, number: int, what: str | None, details: str) -> None:
        if what is not None:
            task = asyncio.create_task(self._answer(number, MessageType(what), details))
            self._hearing.add(task)
            task.add_done_callback(self._hearing.discard)
        elif (answer := self._asked.get(number)) is not None and not answer.done():
            answer.set_result(details)

    async def _answer(self, number: int, what: MessageType, details: str) -> None:
        self._send(number, None, await self._hear(what, details))
