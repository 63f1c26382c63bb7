"""How a database that is not there yet is waited for."""

import logging

import pytest

from datastore_service.application.errors import StoreUnavailable
from datastore_service.infrastructure.database.engine import acquire_timeout
from datastore_service.infrastructure.database.engine.acquire_timeout import when_available


class Database:
    """Comes up after some attempts."""

    def __init__(self, away_for: int) -> None:
        self.away_for = away_for

    async def ask(self) -> str:
        if self.away_for:
            self.away_for -= 1
            raise StoreUnavailable("The database cannot be reached.")
        return "here"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(acquire_timeout, "_FIRST_PAUSE", 0.01)


async def test_says_so_in_a_line_each_time_and_goes_on_once_it_is_there(caplog: pytest.LogCaptureFixture) -> None:
    reasons: list[str] = []

    found = await when_available(Database(3).ask, seconds=30, place="db:5432", on_wait=reasons.append)

    assert found == "here"
    assert reasons == ["The database cannot be reached."] * 3
    lines = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert len(lines) == 3
    assert all(line.startswith("The database cannot be reached. Trying again in 0.0") for line in lines)
    assert all(line.endswith("(db:5432)") for line in lines)


async def test_gives_up_when_the_time_is_over() -> None:
    with pytest.raises(StoreUnavailable, match=r"cannot be reached; given up after 0.05 seconds\.") as failure:
        await when_available(Database(10_000).ask, seconds=0.05, place="", on_wait=lambda _: None)

    assert isinstance(failure.value.__cause__, StoreUnavailable)


async def test_does_not_wait_where_it_is_told_not_to() -> None:
    database = Database(2)

    with pytest.raises(StoreUnavailable, match=r"^The database cannot be reached\.$"):
        await when_available(database.ask, seconds=0, place="", on_wait=lambda _: None)

    assert database.away_for == 1
