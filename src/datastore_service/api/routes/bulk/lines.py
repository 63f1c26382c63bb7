"""Splits what arrives in pieces into lines, and those into the parts in which they are stored."""

import asyncio
import hashlib
from codecs import BOM_UTF8
from collections.abc import AsyncGenerator, AsyncIterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from datastore_service.application.write.ports.imports import ImportLine

LINES_IN_A_PART: Final = 2000
BYTES_IN_A_PART: Final = 4 * 1024 * 1024
_BYTES_AT_A_TIME: Final = 8192
"""Bytes that are split before others get their turn: each may be a line, and those of one row are given as one."""


@dataclass(frozen=True, slots=True)
class TooLong:
    """Stands for a line of more bytes than a line may have.

    Attributes:
        limit: How many it may have.
        digest: The SHA-256 of what it held.
    """

    limit: int
    digest: bytes = b""


type Line = bytes | TooLong


class Splitter(Protocol):
    """Cuts bytes into lines, or into what a format has in their place."""

    def feed(self, piece: bytes, /) -> Iterator[Line]:
        """Takes the next bytes, and gives the lines that end in them."""
        ...

    def rest(self) -> Iterator[Line]:
        """Gives what is left, when nothing more comes."""
        ...


class LineSplitter:
    """Cuts bytes after line feeds; a line longer than the limit is dropped, and something is left in its place.

    Args:
        limit: The most bytes of a line.
    """

    def __init__(self, *, limit: int) -> None:
        self._limit = limit
        self._pending: list[bytes] = []
        self._size = 0

    def feed(self, piece: bytes, /) -> Iterator[Line]:
        """Takes the next bytes, and gives the lines that end in them."""
        start = 0
        while (end := piece.find(b"\n", start) + 1) > 0:
            self._take(piece[start:end])
            start = end
            yield self._finished()
        if start < len(piece):
            self._take(piece[start:])

    def rest(self) -> Iterator[Line]:
        """Gives what is left, when nothing more comes."""
        if self._size:
            yield self._finished()

    def _take(self, fragment: bytes) -> None:
        if self._size <= self._limit < self._size + len(fragment):
            self._dropped = hashlib.sha256(b"".join(self._pending))
            self._pending.clear()
        self._size += len(fragment)
        if self._size <= self._limit:
            self._pending.append(fragment)
        else:
            self._dropped.update(fragment)

    def _finished(self) -> Line:
        is_whole = self._size <= self._limit
        line = b"".join(self._pending) if is_whole else TooLong(self._limit, self._dropped.digest())
        self._pending, self._size = [], 0
        return line


async def in_parts(pieces: AsyncIterable[bytes], splitter: Splitter) -> AsyncGenerator[Sequence[ImportLine]]:
    """Gives the lines that are not blank, numbered as they stand in the source, some thousands at a time."""
    part: list[ImportLine] = []
    number = size = 0

    def taken(line: Line) -> bool:
        """Adds the line, and tells whether the part is full."""
        nonlocal number, size
        number += 1
        if isinstance(line, TooLong):
            part.append(ImportLine(number, line, line.digest))
        else:
            # A byte order mark at the very beginning is no content, so a line with nothing else is blank.
            if (line.removeprefix(BOM_UTF8) if number == 1 else line).strip():
                part.append(ImportLine(number, line, line))
            # A line that went on has begun where the count was.
            number += line.count(b"\n", 0, -1)
            size += len(line)
        return len(part) >= LINES_IN_A_PART or size >= BYTES_IN_A_PART

    async for lines in _runs(pieces, splitter):
        for index, line in enumerate(lines, 1):
            if taken(line):
                if part:
                    yield part
                part, size = [], 0
            elif index % LINES_IN_A_PART == 0:
                # Blank lines fill no part, and a row that never ends is given as millions of lines at once.
                await asyncio.sleep(0)
        await asyncio.sleep(0)
    if part:
        yield part


async def _runs(pieces: AsyncIterable[bytes], splitter: Splitter) -> AsyncGenerator[Iterator[Line]]:
    """Gives the lines that end in some bytes at a time, and those that are left when nothing more comes."""
    async for piece in pieces:
        for start in range(0, len(piece), _BYTES_AT_A_TIME):
            yield splitter.feed(piece[start : start + _BYTES_AT_A_TIME])
    yield splitter.rest()
