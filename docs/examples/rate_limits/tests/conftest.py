"""The service on a PostgreSQL of this test run, with the limit around each message."""

from collections.abc import AsyncGenerator

import pytest

from datastore_service.application.behaviours.observe import ObserveSends
from datastore_service.application.behaviours.placement import Placed
from datastore_service.application.mediator import Mediator
from datastore_service.infrastructure.database.engine.pools import Engines
from datastore_service.testing import fresh_mediator, temporary_database
from docs.examples.rate_limits.limits import LimitRates, RateLimits


class Seconds:
    """A clock that is set by the test."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(scope="session")
async def database() -> AsyncGenerator[Engines]:
    async with temporary_database() as engines:
        yield engines


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
async def mediator(database: Engines, seconds: Seconds) -> AsyncGenerator[Mediator]:
    limit = LimitRates(RateLimits(messages_per_second=2, burst=3), seconds)
    async with fresh_mediator(database, behaviours=[Placed(behaviour=limit, after=ObserveSends)]) as mediator:
        yield mediator
