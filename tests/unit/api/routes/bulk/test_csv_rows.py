"""Rows of CSV end where other readers have them end, and no input makes the work grow faster than it does itself."""

import csv
import io
import time
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import override

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datastore_service.api.routes.bulk.csv_lines import MAX_COLUMNS, header_of
from datastore_service.api.routes.bulk.csv_rows import RowSplitter, cells_of
from datastore_service.api.routes.bulk.lines import LINES_IN_A_PART, LineSplitter, Splitter, TooLong, in_parts
from datastore_service.application.errors import MalformedLine
from datastore_service.application.write.ports.imports import ImportLine

_cells = st.lists(st.text(st.sampled_from('ab",;\n\r \u00e9'), max_size=5), min_size=2, max_size=4)
_cuts = st.lists(st.integers(0, 200), max_size=6)


def written(rows: list[list[str]], delimiter: str) -> bytes:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter).writerows(rows)
    return file.getvalue().encode()


def split(splitter: Splitter, content: bytes, cuts: list[int]) -> list[bytes | TooLong]:
    places = [0, *sorted(min(cut, len(content)) for cut in cuts), len(content)]
    pieces = [content[start:end] for start, end in pairwise(places)]
    return [*(row for piece in pieces for row in splitter.feed(piece)), *splitter.rest()]


@given(st.lists(_cells, min_size=1, max_size=5), st.sampled_from(",;"), _cuts)
def test_reads_what_the_csv_module_writes(rows: list[list[str]], delimiter: str, cuts: list[int]) -> None:
    found = split(RowSplitter(limit=1000, delimiter=delimiter), written(rows, delimiter), cuts)

    texts = [row.removesuffix(b"\r\n").decode() for row in found if isinstance(row, bytes)]
    assert [cells_of(text, delimiter, 10) for text in texts] == rows


@given(st.binary(max_size=60) | st.text(st.sampled_from('a",\n\r')).map(str.encode), _cuts)
def test_loses_no_byte_however_it_arrives(content: bytes, cuts: list[int]) -> None:
    found = split(RowSplitter(limit=1000, delimiter=","), content, cuts)

    joined = b"".join(row for row in found if isinstance(row, bytes))
    assert joined == content.removeprefix(b"\xef\xbb\xbf")
    assert found == split(RowSplitter(limit=1000, delimiter=","), content, [])


@given(st.text(st.sampled_from('a",\n')).map(str.encode), _cuts, st.integers(1, 20))
def test_rows_beyond_the_limit_end_where_they_do_however_they_arrive(
    content: bytes, cuts: list[int], limit: int
) -> None:
    found = split(RowSplitter(limit=limit, delimiter=","), content, cuts)

    assert found == split(RowSplitter(limit=limit, delimiter=","), content, list(range(len(content))))


@given(st.lists(st.text(st.sampled_from("ab\n"), max_size=8), max_size=6).map("\n".join), _cuts)
def test_a_line_too_long_leaves_the_same_digest_however_it_arrives(text: str, cuts: list[int]) -> None:
    found = [split(LineSplitter(limit=3), text.encode(), each) for each in (cuts, [])]

    assert found[0] == found[1]
    assert all(len(line) <= 3 for line in found[0] if isinstance(line, bytes))


class CountingSplitter(RowSplitter):
    """Counts how often it looks at a line, and how many bytes it looks at."""

    looks = 0
    looked_at = 0

    @override
    def _state_after(self, line: bytes, *, within_quotes: bool) -> object:  # type: ignore[override]
        self.looks += 1
        self.looked_at += len(line)
        return super()._state_after(line, within_quotes=within_quotes)


@pytest.mark.parametrize(
    "line",
    [b'"a\n', b'a,"b\n', b'"",""\n', b'x,"""a\n', b'"\n', b'"" "\n', b'","\n', b'"a""\n', b"\n", b'"a\r\n', b'""""\n'],
)
@pytest.mark.parametrize("first", [b"", b'x,"\n', b'"""\n'])
def test_looks_at_no_line_more_than_a_few_times(line: bytes, first: bytes) -> None:
    count = 3000
    splitter = CountingSplitter(limit=2000, delimiter=",")

    found = split(splitter, first + line * count, [])

    assert splitter.looks <= 3 * (count + 1)
    assert splitter.looked_at <= 3 * len(first + line * count)
    assert b"".join(row for row in found if isinstance(row, bytes)) == first + line * count


def test_looks_at_no_line_inside_of_quotes_that_has_none() -> None:
    content = b'"\n' + b"\n" * 3000 + b'"\n'
    splitter = CountingSplitter(limit=len(content), delimiter=",")

    found = split(splitter, content, [2])

    assert found == [content]
    assert splitter.looks == 2


def test_a_row_beyond_the_limit_gives_its_lines_up() -> None:
    rows = split(RowSplitter(limit=20, delimiter=","), b'a,"b\n' + b"c,d\n" * 10 + b'e"\n', [])

    assert rows == [b'a,"b\n', *[b"c,d\n"] * 10, b'e"\n']


def header_of_columns(count: int) -> ImportLine:
    return ImportLine(1, ",".join(f"c{number}" for number in range(count)).encode())


def test_a_header_has_a_bound() -> None:
    assert len(header_of(header_of_columns(MAX_COLUMNS), ",")) == MAX_COLUMNS
    for count in (MAX_COLUMNS + 1, 200_000):
        with pytest.raises(MalformedLine, match=f"more than {MAX_COLUMNS} columns"):
            header_of(header_of_columns(count), ",")


def test_four_times_the_columns_take_no_sixteen_times_as_long() -> None:
    def least_time(line: ImportLine) -> float:
        times: list[float] = []
        for _ in range(5):
            before = time.process_time()
            header_of(line, ",")
            times.append(time.process_time() - before)
        return min(times)

    assert least_time(header_of_columns(MAX_COLUMNS)) < 10 * least_time(header_of_columns(MAX_COLUMNS // 4))


@pytest.mark.parametrize(
    ("row", "detail"),
    [
        ('a,"b', "Column 2: the double quote at its beginning is not closed"),
        ('"', "Column 1: the double quote"),
        ('"a"b,c', "Column 1: 'b,c' follows the closing double quote"),
        ("a\rb", "carriage return"),
        ('"x",a\rb', "carriage return"),
    ],
)
def test_says_what_is_wrong_with_a_row(row: str, detail: str) -> None:
    with pytest.raises(MalformedLine, match=detail):
        cells_of(row, ",", 10)


def test_cells_beyond_those_that_are_asked_for_are_not_made() -> None:
    assert len(cells_of("," * 100, ",", 3)) == 4
    assert len(cells_of('"",' * 100, ",", 3)) == 4


async def test_a_row_that_never_ends_is_given_in_parts() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b'a,b\n"' + b"x\n" * 3 * LINES_IN_A_PART

    parts = [part async for part in in_parts(pieces(), RowSplitter(limit=1_000_000))]

    assert max(len(part) for part in parts) <= LINES_IN_A_PART
    assert [line.number for part in parts for line in part] == list(range(1, 2 + 3 * LINES_IN_A_PART))
