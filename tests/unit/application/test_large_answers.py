"""Only a few large answers are made at the same time."""

import asyncio

from datastore_service.application.large_answers import LargeAnswers, room_for_large_answer


async def test_no_more_are_made_than_there_is_room_for() -> None:
    answers, made, most = LargeAnswers(2), 0, 0

    async def make() -> None:
        nonlocal made, most
        with answers.answering():
            await room_for_large_answer()
            made += 1
            most = max(most, made)
            await asyncio.sleep(0)
            made -= 1

    await asyncio.gather(*(make() for _ in range(9)))

    assert most == 2


async def test_parts_of_one_answer_take_room_once() -> None:
    answers = LargeAnswers(1)
    for _ in range(2):
        with answers.answering():
            async with asyncio.timeout(5):
                await asyncio.gather(*(room_for_large_answer() for _ in range(3)))


async def test_an_answer_that_is_sent_leaves_its_room_and_takes_none_any_more() -> None:
    answers = LargeAnswers(1)
    with answers.answering() as first:
        await room_for_large_answer()
        first.leave()
        await room_for_large_answer()
        with answers.answering():
            async with asyncio.timeout(5):
                await room_for_large_answer()


async def test_an_answer_that_ends_while_it_waits_takes_no_room() -> None:
    answers = LargeAnswers(1)

    async def wait() -> None:
        with answers.answering():
            await room_for_large_answer()

    with answers.answering():
        await room_for_large_answer()
        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
    async with asyncio.timeout(5):
        await wait()


async def test_outside_of_answers_there_is_no_limit() -> None:
    async with asyncio.timeout(5):
        for _ in range(9):
            await room_for_large_answer()
