"""The service for the bearers of tokens, on the fakes and on PostgreSQL."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI

from datastore_service.application.limits import Limits
from datastore_service.application.ports.authorization import Authorization
from datastore_service.application.ports.clock import Clock
from datastore_service.bootstrap import build_application
from datastore_service.config.settings import Settings
from datastore_service.infrastructure.database.engine.pools import Engines
from docs.examples.bearer.rules import CollectionRules
from tests.apps import create_app
from tests.examples.bearers import KEY, authenticator, publish
from tests.fakes.application import in_memory_application


@dataclass(slots=True)
class StoppableClock:
    """Says what time it is, until it is stopped at a moment."""

    stopped_at: datetime | None = None

    def now(self) -> datetime:
        return self.stopped_at or datetime.now(UTC)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "keys.json"
    publish(path, first=KEY)
    return path


@pytest.fixture(params=["fakes", "postgresql"])
def store(request: pytest.FixtureRequest) -> Engines | None:
    """Where the records are: a PostgreSQL, or nowhere but in memory."""
    return None if request.param == "fakes" else request.getfixturevalue("engines")


@pytest.fixture
def clock() -> StoppableClock:
    return StoppableClock()


@pytest.fixture
async def guarded(
    store: Engines | None, settings: Settings, key_file: Path, clock: StoppableClock
) -> AsyncGenerator[FastAPI]:
    adapters = {Authorization: CollectionRules, Clock: clock}
    application = build_application(store, Limits(), adapters) if store else in_memory_application(adapters)
    app = create_app(settings, authenticate=authenticator(key_file))
    app.state.mediator = application.mediator
    yield app
    await application.changes.close()


@pytest.fixture
async def client(guarded: FastAPI) -> AsyncGenerator[httpx2.AsyncClient]:
    transport = httpx2.ASGITransport(guarded, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:8080") as client:
        yield client
