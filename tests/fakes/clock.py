"""A clock that tests can rely on."""

from datetime import UTC, datetime, timedelta


class TickingClock:
    """Starts at a known moment and moves on by one second at each look."""

    def __init__(self) -> None:
        self._now = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now
