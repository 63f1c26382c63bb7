"""Waits for a database that is not available yet, up to a time limit."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from time import monotonic
from typing import Final

from datastore_service.application.backoff import backoff
from datastore_service.application.errors import StoreUnavailable

_FIRST_PAUSE: Final = 0.25
_LONGEST_PAUSE: Final = 10.0

_log = logging.getLogger(__name__)


async def when_available[T](
    attempt: Callable[[], Awaitable[T]], *, seconds: float, place: str, on_wait: Callable[[str], None]
) -> T:
    """Tries until the database is available, with growing, random pauses (`backoff`).

    Args:
        attempt: The operation, repeated from its beginning.
        seconds: The time limit.
        place: Where the database is, for the log.
        on_wait: Is called with the reason, as a sentence, before each pause.

    Raises:
        StoreUnavailable: The time limit is exceeded.
    """
    end, failures = monotonic() + seconds, 0
    while True:
        try:
            return await attempt()
        except StoreUnavailable as error:
            left = end - monotonic()
            if left <= 0:
                if not seconds:
                    raise
                raise StoreUnavailable(f"{error.detail.rstrip('.')}; given up after {seconds:g} seconds.") from error
            failures += 1
            pause = min(backoff(failures, first=_FIRST_PAUSE, longest=_LONGEST_PAUSE), left)
            _log.warning("%s Trying again in %.1f s, for %.0f s more (%s)", error.detail, pause, left, place)
            on_wait(error.detail)
        await asyncio.sleep(pause)
