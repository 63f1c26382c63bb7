"""Waiting for what other processes do."""

import asyncio
import time
from collections.abc import Callable

from tests.chaos.ledger import Ledger, Outcome


async def growth(ledger: Ledger, outcome: Outcome, more: int, within: float) -> None:
    """Waits until so many more writes came out like this.

    Raises:
        AssertionError: It takes longer than so many seconds.
    """
    enough = ledger.count(outcome) + more
    await until(lambda: ledger.count(outcome) >= enough, within)


async def until(condition: Callable[[], bool], within: float) -> None:
    """Waits until the condition holds.

    Raises:
        AssertionError: It takes longer than so many seconds.
    """
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline, f"did not come about within {within} s"
        await asyncio.sleep(0.01)
