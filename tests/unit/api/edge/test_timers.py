"""Timers that share one of the loop."""

import asyncio

from datastore_service.api.edge.timers import Timers

SOON = 0.05


class Alarm:
    """Keeps in mind that its time is up."""

    def __init__(self, diary: list["Alarm"]) -> None:
        self._diary = diary

    def time_is_up(self) -> None:
        self._diary.append(self)


async def test_each_is_told_once_when_its_own_time_is_up() -> None:
    timers, diary = Timers(SOON), list[Alarm]()
    first, second = Alarm(diary), Alarm(diary)

    timers.start(first)
    await asyncio.sleep(SOON / 2)
    timers.start(second)
    assert diary == []
    await asyncio.sleep(SOON * 3 / 4)
    assert diary == [first]
    await asyncio.sleep(SOON)

    assert diary == [first, second]


async def test_who_is_stopped_is_told_nothing() -> None:
    timers, diary = Timers(SOON), list[Alarm]()
    stopped, other = Alarm(diary), Alarm(diary)

    for alarm in (stopped, other):
        timers.start(alarm)
    timers.stop(stopped)
    await asyncio.sleep(2 * SOON)

    assert diary == [other]


async def test_who_begins_anew_has_all_the_time_again() -> None:
    timers, diary = Timers(SOON), list[Alarm]()
    renewed, other = Alarm(diary), Alarm(diary)

    for alarm in (renewed, other):
        timers.start(alarm)
    await asyncio.sleep(SOON / 2)
    timers.start(renewed)
    await asyncio.sleep(SOON * 3 / 4)
    assert diary == [other]
    await asyncio.sleep(SOON)

    assert diary == [other, renewed]


async def test_times_again_when_nothing_was_left_to_be_timed() -> None:
    timers, diary = Timers(SOON), list[Alarm]()
    alarm = Alarm(diary)

    for _ in range(2):
        timers.start(alarm)
        await asyncio.sleep(2 * SOON)

    assert diary == [alarm, alarm]
