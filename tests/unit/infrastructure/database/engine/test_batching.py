"""Questions that are answered in groups."""

import asyncio
from collections.abc import Sequence

import pytest

from datastore_service.infrastructure.database.engine.batching import Batcher


class Doubler:
    """Doubles numbers when it is told to, and keeps in mind in which groups; odd hundreds it refuses."""

    def __init__(self, *, most: int = 100, under_way: int = 1) -> None:
        self.groups: list[list[int]] = []
        self.turn = asyncio.Semaphore(0)
        self.numbers = Batcher(self._double, most=most, under_way=under_way)

    async def _double(self, numbers: Sequence[int]) -> Sequence[int | Exception]:
        self.groups.append(list(numbers))
        await self.turn.acquire()
        return [ValueError(str(number)) if number == 100 else 2 * number for number in numbers]


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_the_first_waits_for_nobody_and_the_next_ones_gather_meanwhile() -> None:
    doubler = Doubler()
    asked = [asyncio.ensure_future(doubler.numbers.submit(1))]
    await settled()
    asked += [asyncio.ensure_future(doubler.numbers.submit(number)) for number in (2, 3, 4)]
    await settled()
    assert doubler.groups == [[1]]

    for _ in range(2):
        doubler.turn.release()
        await settled()

    assert doubler.groups == [[1], [2, 3, 4]]
    assert await asyncio.gather(*asked) == [2, 4, 6, 8]


async def test_groups_have_bounds() -> None:
    doubler = Doubler(most=2, under_way=2)
    asked = [asyncio.ensure_future(doubler.numbers.submit(number)) for number in range(5)]
    await settled()
    assert doubler.groups == [[0, 1], [2, 3]]

    for _ in range(3):
        doubler.turn.release()

    assert await asyncio.gather(*asked) == [0, 2, 4, 6, 8]


async def test_what_fails_fails_nobody_else() -> None:
    doubler = Doubler()
    doubler.turn.release()

    answers = await asyncio.gather(*map(doubler.numbers.submit, (1, 100, 2)), return_exceptions=True)

    assert [answers[0], answers[2]] == [2, 4]
    assert isinstance(answers[1], ValueError)


async def test_who_is_cancelled_in_time_has_decided_nothing() -> None:
    doubler = Doubler()
    running = asyncio.ensure_future(doubler.numbers.submit_uncancellable(1))
    await settled()
    waiting = asyncio.ensure_future(doubler.numbers.submit_uncancellable(2))
    await settled()

    waiting.cancel()
    for _ in range(2):
        doubler.turn.release()
    await settled()

    assert waiting.cancelled()
    assert await running == 2
    assert doubler.groups == [[1]]


async def test_who_is_cancelled_too_late_hears_how_it_ended_and_the_others_are_not_touched() -> None:
    doubler = Doubler()
    late = asyncio.ensure_future(doubler.numbers.submit_uncancellable(1))
    other = asyncio.ensure_future(doubler.numbers.submit_uncancellable(2))
    await settled()

    for _ in range(2):
        late.cancel()
        await settled()
    doubler.turn.release()

    assert await asyncio.gather(late, other) == [2, 4]
    assert doubler.groups == [[1, 2]]


async def test_who_only_asks_may_leave_at_any_time() -> None:
    doubler = Doubler()
    leaving = asyncio.ensure_future(doubler.numbers.submit(1))
    staying = asyncio.ensure_future(doubler.numbers.submit(2))
    await settled()

    leaving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    doubler.turn.release()

    assert await staying == 4
