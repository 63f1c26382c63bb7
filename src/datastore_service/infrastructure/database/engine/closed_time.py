"""The closed time in PostgreSQL: writers register, readers close (adr/0067)."""

import asyncio
from bisect import bisect_left
from collections import deque
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from datastore_service.application.errors import AsOfNotSettled
from datastore_service.application.freshness import NOTHING
from datastore_service.application.limits import Limits
from datastore_service.application.ports.clock import Clock
from datastore_service.infrastructure.database.engine.batching import Batcher
from datastore_service.infrastructure.database.engine.clock import DatabaseClock, steady_seconds
from datastore_service.infrastructure.database.engine.error_translation import translate_database_errors
from datastore_service.infrastructure.database.engine.pools import WritePool

_GRACE: Final = timedelta(milliseconds=20)
"""How long a reader waits for writers before it closes the time at which they write: most have finished by then."""

_BEHIND: Final = timedelta(seconds=5)
"""How far behind the present the time is closed in advance, so that readers of older times need not query for it."""

_SHORTEST_PAUSE: Final = 0.002
_LONGEST_PAUSE: Final = 0.1
"""Seconds between two checks of the writers that a reader waits for."""

_KEPT: Final = 256
_MOST: Final = 10_000
_PAGE: Final = 8192
_PAGE_HEADERS: Final = (24, 40)


class SqlClosedTime:
    """Closes times on the primary; what this process knows to be closed needs no query."""

    def __init__(self, pool: WritePool, clock: Clock, database_clock: DatabaseClock, limits: Limits) -> None:
        self._pool = pool
        self._clock = clock
        self._database_clock = database_clock
        self._limits = limits
        self._looks = Batcher(self._look, most=_MOST, under_way=1)
        self._closed = datetime.min.replace(tzinfo=UTC)
        self._positions: deque[tuple[datetime, int]] = deque(maxlen=_KEPT)

    async def close(self, at: datetime) -> int:
        if at > self._closed:
            await self._wait_until_closed(at)
        place = bisect_left(self._positions, at, key=lambda known: known[0])
        return self._positions[place][1] if place < len(self._positions) else NOTHING

    async def _wait_until_closed(self, at: datetime) -> None:
        await asyncio.sleep(max(0.0, (at + _GRACE - self._clock.now()).total_seconds()))
        give_up, pause = steady_seconds() + self._limits.as_of_seconds, _SHORTEST_PAUSE
        while not await self._looks.submit(at):
            if steady_seconds() + pause > give_up:
                raise AsOfNotSettled(at)
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    async def _look(self, group: Sequence[datetime]) -> Sequence[bool]:
        until = max(*group, self._clock.now() - _BEHIND)
        asked_at = steady_seconds()
        with translate_database_errors():
            (row,) = await self._pool.fetch(_CLOSE, [until])
        self._database_clock.observe(row["now"], asked_at)
        if row["closed"] > self._closed:
            self._closed = row["closed"]
            self._positions.append((self._closed, _end_of_record(int(row["wal_position"]))))
        return [at <= self._closed for at in group]


def _end_of_record(position: int) -> int:
    """Returns the end of the last record: a position names the start of the next one, behind a page's header."""
    header = position % _PAGE
    return position - header if header in _PAGE_HEADERS else position


_CLOSE: Final = "SELECT closed, wal_position - '0/0'::pg_lsn AS wal_position, now FROM datastore_close_time($1)"
