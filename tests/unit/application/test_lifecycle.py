"""What is known of a service that starts, serves and ends."""

import asyncio

from datastore_service.application.lifecycle import Lifecycle, Phase


async def test_is_serving_by_default() -> None:
    lifecycle = Lifecycle()

    assert (lifecycle.serves, lifecycle.problem) == (True, None)
    lifecycle.start()
    assert (lifecycle.serves, lifecycle.problem) == (False, "The service is starting.")


async def test_an_early_caller_learns_when_it_serves_or_what_it_waits_for() -> None:
    quick, slow = Lifecycle(), Lifecycle()
    for lifecycle in (quick, slow):
        lifecycle.start()
    asking = [asyncio.create_task(lifecycle.decided()) for lifecycle in (quick, slow)]
    await asyncio.sleep(0)
    assert not any(task.done() for task in asking)

    quick.open()
    slow.wait_for("The database cannot be reached.")
    await asyncio.gather(*asking)

    assert quick.serves
    assert slow.problem == "The service is starting: The database cannot be reached."
    slow.open()
    assert slow.problem is None


async def test_while_leaving_it_serves_and_is_not_ready() -> None:
    lifecycle = Lifecycle()

    lifecycle.leave()

    assert lifecycle.serves
    assert lifecycle.problem == "The service is about to shut down."


async def test_ends_once_and_is_drained_when_nothing_is_under_way() -> None:
    lifecycle, told = Lifecycle(), list[str]()
    lifecycle.at_end(lambda: told.append("closed"))
    with lifecycle.working():
        lifecycle.end()
        lifecycle.end()
        draining = asyncio.create_task(lifecycle.drained())
        await asyncio.sleep(0)
        assert not draining.done()
        with lifecycle.working():
            pass
        assert not draining.done()

    await asyncio.wait_for(draining, 1)

    assert told == ["closed"]
    lifecycle.open()
    assert lifecycle.phase is Phase.ENDING
