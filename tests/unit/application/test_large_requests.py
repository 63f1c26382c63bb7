"""Only a few large requests are worked on at the same time."""

import asyncio
import threading

from datastore_service.application.large_requests import LargeRequests, computed, room_for_large_request


async def test_no_more_are_made_than_there_is_room_for() -> None:
    answers, made, most = LargeRequests(2), 0, 0

    async def make() -> None:
        nonlocal made, most
        with answers.working():
            await room_for_large_request()
            made += 1
            most = max(most, made)
            await asyncio.sleep(0)
            made -= 1

    await asyncio.gather(*(make() for _ in range(9)))

    assert most == 2


async def test_parts_of_one_answer_take_room_once() -> None:
    answers = LargeRequests(1)
    for _ in range(2):
        with answers.working():
            async with asyncio.timeout(5):
                await asyncio.gather(*(room_for_large_request() for _ in range(3)))


async def test_an_answer_that_is_sent_leaves_its_room_and_takes_none_any_more() -> None:
    answers = LargeRequests(1)
    with answers.working() as first:
        await room_for_large_request()
        first.leave()
        await room_for_large_request()
        with answers.working():
            async with asyncio.timeout(5):
                await room_for_large_request()


async def test_an_answer_that_ends_while_it_waits_takes_no_room() -> None:
    answers = LargeRequests(1)

    async def wait() -> None:
        with answers.working():
            await room_for_large_request()

    with answers.working():
        await room_for_large_request()
        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
    async with asyncio.timeout(5):
        await wait()


async def test_outside_of_answers_there_is_no_limit() -> None:
    async with asyncio.timeout(5):
        for _ in range(9):
            await room_for_large_request()


async def test_what_computes_for_long_is_done_one_after_the_other_beside_the_loop() -> None:
    at_work, threads = 0, set[int]()

    def compute() -> int:
        nonlocal at_work
        at_work += 1
        threads.add(threading.get_ident())
        assert at_work == 1
        at_work -= 1
        return 7

    assert await asyncio.gather(*(computed(compute) for _ in range(20))) == [7] * 20
    assert threads.isdisjoint({threading.get_ident()})
    assert len(threads) == 1
