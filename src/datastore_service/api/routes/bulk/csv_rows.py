"""Rows of CSV (RFC 4180): their boundaries, delimiters and cells.

Python's csv module limits the size of cells for the whole process (`field_size_limit`). It also cannot tell a row that
continues in the next line from one with a stray double quote, which would swallow all later lines.
"""

import re
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from enum import Enum, auto
from functools import lru_cache
from typing import Final

from datastore_service.api.routes.bulk.lines import Line, LineSplitter, TooLong
from datastore_service.application.errors import MalformedLine

DELIMITERS: Final = (",", ";", "\t", "|")
"""The detected delimiters; if two are equally frequent in the header, the first one counts."""

DELIMITER_PATTERN: Final = r"^([\t -!#-~]|tab)$"
"""An ASCII character that is neither a double quote nor a control character; a tab may also be called `tab`."""

_NAMED: Final = {"tab": "\t"}
_SHOWN: Final = 20
_TO_CLOSING_QUOTE: Final = re.compile(rb'(?:[^"]++|"")*+')
_TO_CLOSING_QUOTE_OF_TEXT: Final = re.compile(r'(?:[^"]++|"")*+')
_QUOTED_CELL: Final = re.compile(rb'"(?:[^"]++|"")*+"?')
_LINE_ENDS: Final = (b"", b"\n", b"\r\n")


def delimiter_of(given: str | None) -> str | None:
    """Returns the delimiter character that a client has named."""
    return _NAMED.get(given, given) if given else None


class _State(Enum):
    """The state of a row after one of its lines."""

    WHOLE = auto()
    GOES_ON = auto()
    BROKEN = auto()


class RowSplitter:
    """Splits bytes into rows; a row continues after a line feed that is inside a quoted cell.

    Only a cell that begins with a double quote is quoted. If the quotes of a row are unbalanced, or not closed within
    the limit, its first line becomes a row of its own, and so do the lines after it.

    Args:
        limit: The maximum size of a row in bytes.
        delimiter: The character between cells; None detects it from the first line.
    """

    def __init__(self, *, limit: int, delimiter: str | None = None) -> None:
        self._limit = limit
        self._lines = LineSplitter(limit=limit)
        self._delimiter = delimiter.encode() if delimiter else None
        self._has_begun = False
        self._open = bytearray()

    @property
    def delimiter(self) -> str:
        """The character between cells; a comma before the first line."""
        return (self._delimiter or b",").decode()

    def feed(self, piece: bytes, /) -> Iterator[Line]:
        """Takes the next bytes, and yields the rows that end in them."""
        for line in self._lines.feed(self._behind_quoted_lines(piece)):
            yield from self._take(line)

    def rest(self) -> Iterator[Line]:
        """Yields the rest after the end of the input."""
        for line in self._lines.rest():
            yield from self._take(line)
        yield from self._given_up()

    def _behind_quoted_lines(self, piece: bytes) -> bytes:
        """Takes the lines without a double quote at the beginning, all at once if they are inside a quoted cell."""
        if not self._open or self._lines.is_within_a_line:
            return piece
        quote = piece.find(b'"')
        end = piece.rfind(b"\n", 0, quote if quote >= 0 else len(piece)) + 1
        if len(self._open) + end > self._limit:
            return piece
        self._open += piece[:end]
        return piece[end:]

    def _take(self, line: Line) -> Iterator[Line]:
        if not self._has_begun:
            line = self._begun(line)
        if self._open:
            state = _State.BROKEN
            if not isinstance(line, TooLong) and len(self._open) + len(line) <= self._limit:
                state = self._state_after(line, within_quotes=True)
            if state is not _State.BROKEN:
                self._open += line if isinstance(line, bytes) else b""
                if state is _State.WHOLE:
                    row, self._open = bytes(self._open), bytearray()
                    yield row
                return
            yield from self._given_up()
        if isinstance(line, TooLong) or self._state_after(line, within_quotes=False) is not _State.GOES_ON:
            yield line
        else:
            self._open += line

    def _begun(self, line: Line) -> Line:
        if isinstance(line, TooLong):
            self._has_begun = True
            return line
        line = line.removeprefix(BOM_UTF8)
        self._has_begun = bool(line.strip())
        if self._has_begun and self._delimiter is None:
            unquoted = _QUOTED_CELL.sub(b"", line)
            self._delimiter = max((each.encode() for each in DELIMITERS), key=unquoted.count)
        return line

    def _given_up(self) -> Iterator[bytes]:
        """Yields the lines of an unbalanced row, each as a row of its own.

        Only the first can be unbalanced: in each of the others, double quotes come in pairs.
        """
        lines, self._open = bytes(self._open), bytearray()
        start = 0
        while (end := lines.find(b"\n", start) + 1) > 0:
            yield lines[start:end]
            start = end
        if start < len(lines):
            yield lines[start:]

    def _state_after(self, line: bytes, *, within_quotes: bool) -> _State:
        """Returns the state after a line that begins with a new cell, or inside a quoted one."""
        if b'"' not in line:
            return _State.GOES_ON if within_quotes else _State.WHOLE
        delimiter = self._delimiter or b","
        place = 0
        if within_quotes:
            place = _behind_closing_quote(line, 0)
            if not line.startswith(delimiter, place):
                return _state_behind_quote(line, place)
            place += len(delimiter)
        cells = _cells_before_the_last(delimiter).match(line, place)
        place = cells.end() if cells else place
        if not line.startswith(b'"', place):
            return _State.WHOLE
        return _state_behind_quote(line, _behind_closing_quote(line, place + 1))


@lru_cache(maxsize=16)
def _cells_before_the_last(delimiter: bytes) -> re.Pattern[bytes]:
    escaped = re.escape(delimiter)
    return re.compile(rb'(?:(?:"(?:[^"]++|"")*+"|[^"%b][^%b]*+|)%b)*+' % (escaped, escaped, escaped))


def _behind_closing_quote(line: bytes, place: int) -> int:
    """Returns the position after the closing double quote of a cell; beyond the line if there is none."""
    closing = _TO_CLOSING_QUOTE.match(line, place)
    return closing.end() + 1 if closing else len(line) + 1


def _state_behind_quote(line: bytes, place: int) -> _State:
    if place > len(line):
        return _State.GOES_ON
    return _State.WHOLE if line[place : place + 3] in _LINE_ENDS else _State.BROKEN


def cells_of(row: str, delimiter: str, most: int) -> Sequence[str]:
    """Returns the cells of a row without its line ending, at most `most` + 1.

    Raises:
        MalformedLine: A double quote is misplaced, or a carriage return is outside of double quotes.
    """
    if '"' not in row:
        return _unquoted(row, 1).split(delimiter, most)
    cells: list[str] = []
    place = 0
    while place <= len(row) and len(cells) <= most:
        if row.startswith('"', place):
            cell, place = _quoted(row, place + 1, len(cells) + 1)
            if place < len(row) and not row.startswith(delimiter, place):
                follows = row[place : place + _SHOWN]
                raise MalformedLine(
                    f"Column {len(cells) + 1}: {follows!r} follows the closing double quote. In a quoted cell, "
                    "double each double quote that belongs to the text."
                )
        else:
            end = row.find(delimiter, place)
            end = len(row) if end < 0 else end
            cell, place = _unquoted(row[place:end], len(cells) + 1), end
        cells.append(cell)
        place += len(delimiter)
    return cells


def _quoted(row: str, place: int, column: int) -> tuple[str, int]:
    """Returns the text of a quoted cell from this position, and the position after its closing double quote."""
    closing = _TO_CLOSING_QUOTE_OF_TEXT.match(row, place)
    end = closing.end() if closing else len(row)
    if end == len(row):
        raise MalformedLine(
            f"Column {column}: the double quote at its beginning is not closed. If it belongs to the text, double it "
            "and put the whole cell in double quotes."
        )
    return row[place:end].replace('""', '"'), end + 1


def _unquoted(text: str, column: int) -> str:
    if "\r" in text:
        raise MalformedLine(
            f"Column {column} or a later one has a carriage return outside of double quotes; "
            "lines end with a line feed, or with a carriage return and a line feed."
        )
    return text
