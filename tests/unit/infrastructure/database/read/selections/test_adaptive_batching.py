"""Who shares a statement, and who is read alone."""

import asyncio
from collections.abc import Sequence

import pytest

from datastore_service.infrastructure.database.read.selections.adaptive_batching import AdaptiveBatcher


class Reading:
    """Answers with how many were asked together; each statement takes the seconds that are said."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.takes = 0.001
        self.asked = AdaptiveBatcher(self._alone, self._together, most=3, clock=lambda: self.now)

    async def _alone(self, _: str) -> int:
        await asyncio.sleep(0)
        self.now += self.takes
        return 1

    async def _together(self, group: Sequence[str]) -> Sequence[int | Exception]:
        self.now += self.takes
        if "bad" in group:
            raise RuntimeError
        return [100 + len(group)] * len(group)

    async def submit(self, *questions: str) -> Sequence[int]:
        return await asyncio.gather(*[self.asked.submit(criteria) for criteria in questions])


async def test_who_asks_first_is_alone_and_those_who_ask_meanwhile_are_together() -> None:
    reading = Reading()

    assert await reading.submit("a", "b") == [1, 1]
    assert await reading.submit("a") == [1]
    assert await reading.submit(*"abc") == [1, 102, 102]
    assert await reading.submit(*"abcde") == [1, 103, 103, 103, 101]


async def test_nobody_joins_lists_that_are_not_quick() -> None:
    reading = Reading()
    reading.takes = 0.05

    await reading.submit("a")

    assert await reading.submit("a", "b") == [1, 1]


async def test_after_a_slow_group_each_is_alone_for_a_while() -> None:
    reading = Reading()
    await reading.submit("a")
    reading.takes = 3.0

    assert await reading.submit(*"abc") == [1, 102, 102]
    reading.takes = 0.001
    assert await reading.submit("a") == [1]
    assert await reading.submit(*"abc") == [1, 1, 1]
    reading.now += 60
    assert await reading.submit("a") == [1]
    assert await reading.submit(*"abc") == [1, 102, 102]


async def test_a_slow_group_that_fails_is_slow_as_well() -> None:
    reading = Reading()
    await reading.submit("a")
    reading.takes = 30.0

    with pytest.raises(RuntimeError):
        await reading.submit("a", "bad")

    reading.takes = 0.001
    assert await reading.submit("a") == [1]
    assert await reading.submit(*"abc") == [1, 1, 1]
