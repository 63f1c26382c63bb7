"""Waits for a database that is not there yet, for as long as it is told to."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from random import uniform
from time import monotonic
from typing import Final

from datastore_service.application.errors import StoreUnavailable

_FIRST_PAUSE: Final = 0.25
_LONGEST_PAUSE: Final = 10.0

_log = logging.getLogger(__name__)


async def when_available[T](
    attempt: Callable[[], Awaitable[T]], *, seconds: float, place: str, on_wait: Callable[[str], None]
) -> T:
    """Tries until the database is there, with pauses that double, and are not the same in each replica.

    Args:
        attempt: What is to be done, from its beginning each time.
        seconds: For how long.
        place: Where the database is, for the log.
        on_wait: Is told the reason, as a sentence, before each pause.

    Raises:
        StoreUnavailable: The time is over.
    """
    end, pause = monotonic() + seconds, _FIRST_PAUSE
    while True:
        try:
            return await attempt()
        except StoreUnavailable as error:
            left = end - monotonic()
            if left <= 0:
                if not seconds:
                    raise
                raise StoreUnavailable(f"{error.detail.rstrip('.')}; given up after {seconds:g} seconds.") from error
            this_pause = min(uniform(0.8, 1.2) * pause, left)  # noqa: S311 - nothing is to be kept secret
            _log.warning("%s Trying again in %.1f s, for %.0f s more (%s)", error.detail, this_pause, left, place)
            on_wait(error.detail)
        await asyncio.sleep(this_pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
