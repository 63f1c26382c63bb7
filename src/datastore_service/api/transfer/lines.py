"""Splits what arrives in pieces into lines, and those into the parts in which they are stored."""

from collections.abc import AsyncGenerator, AsyncIterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from datastore_service.application.ports.imports import ImportLine

LINES_IN_A_PART: Final = 2000
BYTES_IN_A_PART: Final = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class TooLong:
    """Stands for a line of more bytes than a line may have."""

    limit: int


class LineSplitter:
    """Cuts bytes at line feeds; a line longer than the limit is dropped, and something is left in its place.

    Args:
        limit: The most bytes of a line.
        quoted: Whether a line goes on after a line feed between double quotes (RFC 4180).
    """

    def __init__(self, *, limit: int, quoted: bool = False) -> None:
        self._limit = limit
        self._quoted = quoted
        self._pending: list[bytes] = []
        self._size = 0
        self._in_quotes = False

    def feed(self, piece: bytes) -> Iterator[bytes | TooLong]:
        """Takes the next bytes, and gives the lines that end in them."""
        start = 0
        while (end := piece.find(b"\n", start) + 1) > 0:
            self._take(piece[start:end])
            start = end
            if not self._in_quotes:
                yield self._finished()
        self._take(piece[start:])

    def rest(self) -> Iterator[bytes | TooLong]:
        """Gives what is left, when nothing more comes."""
        if self._size:
            yield self._finished()

    def _take(self, fragment: bytes) -> None:
        if self._quoted and fragment.count(b'"') % 2:
            self._in_quotes = not self._in_quotes
        self._size += len(fragment)
        if self._size <= self._limit:
            self._pending.append(fragment)

    def _finished(self) -> bytes | TooLong:
        line = TooLong(self._limit) if self._size > self._limit else b"".join(self._pending)
        self._pending, self._size, self._in_quotes = [], 0, False
        return line


async def in_parts(pieces: AsyncIterable[bytes], splitter: LineSplitter) -> AsyncGenerator[Sequence[ImportLine]]:
    """Gives the lines that are not blank, numbered as they stand in the source, some thousands at a time."""
    part: list[ImportLine] = []
    number = size = 0

    def taken(line: bytes | TooLong) -> bool:
        """Adds the line, and tells whether the part is full."""
        nonlocal number, size
        number += 1
        if isinstance(line, TooLong):
            part.append(ImportLine(number, line))
        else:
            if line.strip():
                part.append(ImportLine(number, line))
            # A line that went on has begun where the count was.
            number += line.count(b"\n", 0, -1)
            size += len(line)
        return len(part) >= LINES_IN_A_PART or size >= BYTES_IN_A_PART

    async for piece in pieces:
        for line in splitter.feed(piece):
            if taken(line):
                yield part
                part, size = [], 0
    for line in splitter.rest():
        taken(line)
    if part:
        yield part
