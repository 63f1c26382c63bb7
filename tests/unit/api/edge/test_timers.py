"""Timers that share one of the loop. Times have lower bounds only, so a busy machine makes no test fail."""

import asyncio

from datastore_service.api.edge.timers import Timers

SOON = 0.05


class Alarm:
    """Puts itself into a diary, which alarms may share, when its time is up."""

    def __init__(self, diary: "asyncio.Queue[tuple[Alarm, float]]") -> None:
        self._diary = diary

    def time_is_up(self) -> None:
        self._diary.put_nowait((self, now()))


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_each_is_called_once_after_its_own_time() -> None:
    timers, diary = Timers(SOON), asyncio.Queue[tuple[Alarm, float]]()
    first, second = Alarm(diary), Alarm(diary)

    began = now()
    timers.start(first)
    await asyncio.sleep(SOON / 2)
    began_later = now()
    timers.start(second)
    (one, ended), (other, ended_later) = await diary.get(), await diary.get()
    await asyncio.sleep(2 * SOON)

    assert (one, other) == (first, second)
    assert ended >= began + SOON
    assert ended_later >= began_later + SOON
    assert diary.empty()


async def test_a_stopped_timer_is_not_called() -> None:
    timers, diary = Timers(SOON), asyncio.Queue[tuple[Alarm, float]]()
    stopped, other = Alarm(diary), Alarm(diary)

    for alarm in (stopped, other):
        timers.start(alarm)
    timers.stop(stopped)
    called, _ = await diary.get()
    await asyncio.sleep(2 * SOON)

    assert called is other
    assert diary.empty()


async def test_a_restarted_timer_has_the_whole_time_again() -> None:
    timers, diary = Timers(SOON), asyncio.Queue[tuple[Alarm, float]]()
    renewed, other = Alarm(diary), Alarm(diary)

    for alarm in (renewed, other):
        timers.start(alarm)
    began_anew = now()
    timers.start(renewed)
    (one, _), (another, ended) = await diary.get(), await diary.get()

    assert (one, another) == (other, renewed)
    assert ended >= began_anew + SOON


async def test_runs_again_after_all_timers_have_ended() -> None:
    timers, diary = Timers(SOON), asyncio.Queue[tuple[Alarm, float]]()
    alarm = Alarm(diary)

    for _ in range(2):
        timers.start(alarm)
        called, _ = await diary.get()
        assert called is alarm
