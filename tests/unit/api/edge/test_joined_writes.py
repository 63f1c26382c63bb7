"""What is written in one turn of the loop goes with one call."""

import asyncio
from typing import override

import pytest

from datastore_service.api.edge.joined_writes import FlushScheduler, JoinedWrites


class Calls(asyncio.Transport):
    """Notes what is called."""

    def __init__(self) -> None:
        super().__init__({"peername": "somebody"})
        self.made: list[object] = []
        self.gone = False

    @override
    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.made.append(data)

    @override
    def write_eof(self) -> None:
        self.made.append("eof")

    @override
    def close(self) -> None:
        self.made.append("close")

    @override
    def is_closing(self) -> bool:
        return self.gone


@pytest.fixture
def calls() -> Calls:
    return Calls()


@pytest.fixture
async def joined(calls: Calls) -> JoinedWrites:
    return JoinedWrites(calls, FlushScheduler())


async def test_a_head_goes_with_its_body(joined: JoinedWrites, calls: Calls) -> None:
    joined.write(b"head")
    joined.write(b"body")
    await asyncio.sleep(0)

    assert calls.made == [b"headbody"]


async def test_what_stays_alone_goes_when_the_loop_comes_round(joined: JoinedWrites, calls: Calls) -> None:
    joined.write(b"a piece")
    await asyncio.sleep(0)
    joined.write(b"another")
    await asyncio.sleep(0)

    assert calls.made == [b"a piece", b"another"]


async def test_keeps_no_more_than_one_piece(joined: JoinedWrites, calls: Calls) -> None:
    for piece in (b"1", b"2", b"3"):
        joined.write(piece)

    assert calls.made == [b"12"]


async def test_everything_goes_in_its_order(joined: JoinedWrites, calls: Calls) -> None:
    joined.write(b"1")
    joined.writelines([b"2", b"3"])
    joined.write(b"4")
    joined.write_eof()
    joined.write(b"5")
    joined.close()
    await asyncio.sleep(0)

    assert calls.made == [b"123", b"4", "eof", b"5", "close"]


async def test_what_is_large_is_not_copied(joined: JoinedWrites, calls: Calls) -> None:
    large = bytes(1 << 20)
    joined.write(b"head")
    joined.write(large)

    assert calls.made == [b"head", large]
    assert calls.made[1] is large


async def test_nothing_goes_to_a_client_that_has_gone(joined: JoinedWrites, calls: Calls) -> None:
    joined.write(b"head")
    calls.gone = True
    await asyncio.sleep(0)

    assert calls.made == []


async def test_is_else_as_the_transport_is(joined: JoinedWrites) -> None:
    assert joined.get_extra_info("peername") == "somebody"
