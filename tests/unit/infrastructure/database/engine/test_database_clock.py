"""The clock that follows the database's."""

from datetime import UTC, datetime, timedelta

import pytest

from datastore_service.infrastructure.database.engine import clock as module
from datastore_service.infrastructure.database.engine.clock import DatabaseClock

THEN = datetime(2030, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """What the steady seconds show, to be set by the test."""
    shown = [1000.0]
    monkeypatch.setattr(module, "steady_seconds", lambda: shown[0])
    return shown


def test_before_the_first_look_it_is_the_machines() -> None:
    clock = DatabaseClock()

    assert abs(clock.now() - datetime.now(UTC)) < HOUR
    assert clock.is_due


def test_counts_on_from_what_the_database_has_shown(seconds: list[float]) -> None:
    clock = DatabaseClock()
    clock.observe(THEN, 1000.0)
    seconds[0] += 1.5

    assert clock.now() == THEN + timedelta(seconds=1.5)
    assert not clock.is_due


def test_a_difference_that_the_way_to_the_database_explains_moves_nothing(seconds: list[float]) -> None:
    clock = DatabaseClock()
    clock.observe(THEN, 1000.0)
    seconds[0] = 1010.0
    clock.observe(THEN + timedelta(seconds=9.4), 1009.0)

    assert clock.now() == THEN + timedelta(seconds=10)


@pytest.mark.parametrize("by", [HOUR, -HOUR])
def test_follows_a_clock_that_was_set(seconds: list[float], by: timedelta) -> None:
    clock = DatabaseClock()
    clock.observe(THEN, 1000.0)
    seconds[0] = 1010.0
    clock.observe(THEN + timedelta(seconds=10) + by, 1009.0)

    assert clock.now() == THEN + timedelta(seconds=10.5) + by


def test_is_due_again_after_a_minute(seconds: list[float]) -> None:
    clock = DatabaseClock()
    clock.observe(THEN, 1000.0)
    seconds[0] += 61

    assert clock.is_due
