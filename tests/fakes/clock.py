"""A clock that tests can rely on."""

from datetime import UTC, datetime, timedelta

from datastore_service.application.freshness import NOTHING


class TickingClock:
    """Starts at a known moment and moves on by one second at each look."""

    def __init__(self) -> None:
        self._now = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now


class AlwaysClosed:
    """The closed time of a store in which changes are visible as soon as they have their time."""

    async def close(self, at: datetime) -> int:
        assert at.tzinfo
        return NOTHING
