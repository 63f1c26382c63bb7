"""The database's clock, which all processes on a database share."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from datastore_service.infrastructure.database.engine.error_translation import translate_database_errors
from datastore_service.infrastructure.database.engine.pool import Lent

_SECONDS_BETWEEN_LOOKS: Final = 60.0

# Nobody can set these clocks, and they go on while the machine sleeps.
_STEADY: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


def steady_seconds() -> float:
    """Returns seconds that never go back, and go on while the machine sleeps."""
    return time.clock_gettime(_STEADY)


@dataclass(frozen=True, slots=True)
class _Look:
    database_time: datetime
    at: float


class DatabaseClock:
    """Follows the database's clock: the offset is measured now and then; in between, steady seconds are added.

    Before the first measurement it is the machine's clock. Later changes of the machine's clock have no effect.
    """

    def __init__(self) -> None:
        self._look: _Look | None = None
        self._looked = 0.0

    def now(self) -> datetime:
        look = self._look
        if look is None:
            return datetime.now(UTC)
        return look.database_time + timedelta(seconds=steady_seconds() - look.at)

    @property
    def is_due(self) -> bool:
        """Whether the last measurement is so old that the clocks may have drifted apart."""
        return self._look is None or steady_seconds() - self._looked > _SECONDS_BETWEEN_LOOKS

    def observe(self, database_time: datetime, asked_at: float) -> None:
        """Takes a measurement into account.

        Args:
            database_time: The time of the database's clock.
            asked_at: The steady seconds just before the query.
        """
        self._looked = answered_at = steady_seconds()
        # The clock was read at some point since then; a difference within that time is not a drift.
        known = self._look
        if known is not None:
            then = database_time - known.database_time
            if asked_at - known.at <= then.total_seconds() <= answered_at - known.at:
                return
        self._look = _Look(database_time, (asked_at + answered_at) / 2)

    async def look(self, connection: Lent) -> None:
        """Measures the offset on a borrowed connection."""
        asked_at = steady_seconds()
        self.observe(await connection.fetchval(_TIME), asked_at)

    async def begin(self, engine: AsyncEngine) -> None:
        """Measures the offset for the first time.

        Raises:
            StoreUnavailable: It cannot be reached.
        """
        with translate_database_errors():
            async with engine.connect() as connection:
                # The connection and the transaction are opened before the seconds count.
                await connection.execute(text(_TIME))
                asked_at = steady_seconds()
                self.observe(await connection.scalar(text(_TIME)), asked_at)


_TIME: Final = "SELECT clock_timestamp()"
