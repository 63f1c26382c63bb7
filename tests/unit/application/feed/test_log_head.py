"""Where the log ends, for many who want to know it."""

import asyncio
from dataclasses import dataclass

import pytest

from datastore_service.application.errors import StoreUnavailable
from datastore_service.application.feed.log_head import LogHead
from datastore_service.application.position import Position, Snapshot


@dataclass(slots=True)
class Log:
    """Knows which transactions have ended when it begins to look, and takes its time to say so."""

    committed: int = 0
    looked: int = 0
    is_away: bool = False

    async def end(self) -> Position:
        self.looked += 1
        seen = self.committed
        await asyncio.sleep(0.01)
        if self.is_away:
            raise StoreUnavailable("It is away.")
        return Position(epoch=1, seen=Snapshot(seen))


@pytest.fixture
def log() -> Log:
    return Log()


async def test_concurrent_readers_share_one_query(log: Log) -> None:
    ends = LogHead(log.end)
    first = asyncio.create_task(ends.now())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    log.committed = 7
    herd = await asyncio.gather(*(ends.now() for _ in range(1000)))

    assert {each.seen.end for each in herd} == {7}
    assert (await first).seen.end == 0
    assert log.looked == 2


async def test_a_cancelled_reader_does_not_affect_the_others(log: Log) -> None:
    ends = LogHead(log.end)
    impatient, patient = (asyncio.create_task(ends.now()) for _ in range(2))
    await asyncio.sleep(0)
    impatient.cancel()

    assert (await patient).seen.end == 0
    assert (await ends.now()).seen.end == 0


async def test_a_failure_reaches_the_present_readers_and_no_later_ones(log: Log) -> None:
    ends = LogHead(log.end)
    log.is_away = True
    failures = await asyncio.gather(*(ends.now() for _ in range(3)), return_exceptions=True)
    log.is_away = False

    assert [type(failure) for failure in failures] == [StoreUnavailable] * 3
    assert (await ends.now()).seen.end == 0
