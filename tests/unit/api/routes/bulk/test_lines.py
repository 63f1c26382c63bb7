"""Bytes are made into lines without keeping others waiting."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from datastore_service.api.routes.bulk.csv_rows import RowSplitter
from datastore_service.api.routes.bulk.lines import LineSplitter, Splitter, in_parts

LIMIT = 8 << 20
LINES = 100_000


async def at_once(content: bytes) -> AsyncIterator[bytes]:
    yield content


@pytest.mark.parametrize(
    ("splitter", "content", "lines"),
    [
        (RowSplitter(limit=LIMIT), b'a\n"' + b"\n" * LINES + b'"\n', 2),
        (RowSplitter(limit=LIMIT), b'a\n"' + b"\n" * LINES, 2),
        (RowSplitter(limit=1000), b'a\n"' + b"\n" * LINES, 2),
        (RowSplitter(limit=LIMIT), b"a\n" + b"\n" * LINES, 1),
        (LineSplitter(limit=LIMIT), b"\n" * LINES, 0),
    ],
    ids=["quoted", "quoted without an end", "quoted beyond the limit", "blank rows", "blank lines"],
)
async def test_others_have_their_turn_while_lines_are_split(splitter: Splitter, content: bytes, lines: int) -> None:
    turns = 0

    async def take_turns() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    taking = asyncio.create_task(take_turns())
    found = [line async for part in in_parts(at_once(content), splitter) for line in part]
    taking.cancel()

    assert len(found) == lines
    assert turns >= len(content) // 10_000
