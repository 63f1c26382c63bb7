"""Splits incoming bytes into lines, and groups the lines into the parts that are stored together."""

import asyncio
import hashlib
from codecs import BOM_UTF8
from collections.abc import AsyncGenerator, AsyncIterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from datastore_service.application.write.ports.imports import ImportLine

LINES_IN_A_PART: Final = 2000
BYTES_IN_A_PART: Final = 1024 * 1024
_BYTES_AT_A_TIME: Final = 8192
"""Bytes that are split before other tasks get a turn."""


@dataclass(frozen=True, slots=True)
class TooLong:
    """Stands for a line that exceeds the limit.

    Attributes:
        limit: The maximum size of a line in bytes.
        digest: The SHA-256 of the line.
    """

    limit: int
    digest: bytes = b""


type Line = bytes | TooLong


class Splitter(Protocol):
    """Splits bytes into lines, or into the rows of a format."""

    def feed(self, piece: bytes, /) -> Iterator[Line]:
        """Takes the next bytes, and yields the lines that end in them."""
        ...

    def rest(self) -> Iterator[Line]:
        """Yields the rest after the end of the input."""
        ...


class LineSplitter:
    """Splits bytes after line feeds; a line longer than the limit is replaced by a `TooLong`.

    Args:
        limit: The maximum size of a line in bytes.
    """

    def __init__(self, *, limit: int) -> None:
        self._limit = limit
        self._pending: list[bytes] = []
        self._size = 0

    def feed(self, piece: bytes, /) -> Iterator[Line]:
        """Takes the next bytes, and yields the lines that end in them."""
        start = 0
        while (end := piece.find(b"\n", start) + 1) > 0:
            if self._size or end - start > self._limit:
                self._take(piece[start:end])
                yield self._finished()
            else:
                yield piece[start:end]
            start = end
        if start < len(piece):
            self._take(piece[start:])

    def rest(self) -> Iterator[Line]:
        """Yields the rest after the end of the input."""
        if self._size:
            yield self._finished()

    @property
    def is_within_a_line(self) -> bool:
        """Whether the last piece ended before its last line did."""
        return self._size > 0

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
    """Yields the lines that are not blank, with their numbers in the source, some thousands at a time."""
    part: list[ImportLine] = []
    number = size = 0

    def taken(line: Line) -> bool:
        """Adds the line, and tells whether the part is full."""
        nonlocal number, size
        number += 1
        if isinstance(line, TooLong):
            part.append(ImportLine(number, line, line.digest))
        else:
            size += len(line)
            # A byte order mark at the very beginning is not content, so a line with nothing else is blank.
            if (line.removeprefix(BOM_UTF8) if number == 1 else line).strip():
                part.append(ImportLine(number, line, line))
                # A row of several lines has the number of its first line.
                number += line.count(b"\n", 0, -1)
        return len(part) >= LINES_IN_A_PART or size >= BYTES_IN_A_PART

    async for lines in _runs(pieces, splitter):
        for index, line in enumerate(lines, 1):
            if taken(line):
                if part:
                    yield part
                part, size = [], 0
            elif index % LINES_IN_A_PART == 0:
                # Blank lines fill no part, and an unbalanced row yields millions of lines at once.
                await asyncio.sleep(0)
        await asyncio.sleep(0)
    if part:
        yield part


async def _runs(pieces: AsyncIterable[bytes], splitter: Splitter) -> AsyncGenerator[Iterator[Line]]:
    """Yields the lines of some bytes at a time, and at the end the rest."""
    async for piece in pieces:
        for start in range(0, len(piece), _BYTES_AT_A_TIME):
            yield splitter.feed(piece[start : start + _BYTES_AT_A_TIME])
    yield splitter.rest()
