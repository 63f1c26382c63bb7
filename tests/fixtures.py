"""The fixtures of tests that send messages: `mediator` on the fakes, and `store` on each store that there is.

A conftest.py imports them by name. What they need of PostgreSQL is in tests/conftest.py.
"""

# ruff: noqa: PLC0415 - importing these costs nothing; only what a test asks for is imported

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

import pytest

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from datastore_service.application.limits import Limits
    from datastore_service.application.mediator import Mediator
    from datastore_service.bootstrap import Adapters, Application

STORES: Final = ("fakes", "postgresql")
WITH_LOCKING: Final = (*STORES, "locking")
"""The same, and PostgreSQL with each unit of work a transaction that locks what it reads.

For modules whose commands may take either path: `pytestmark = pytest.mark.parametrize("store", WITH_LOCKING,
indirect=True)`.
"""

_MEDIATORS: Final = {"fakes": "mediator", "postgresql": "sql_mediator", "locking": "locking_mediator"}


class MakeStore(Protocol):
    """Makes the application on one of the stores."""

    def __call__(self, adapters: Adapters | None = None, limits: Limits | None = None) -> Mediator:
        """Returns the way into it, with these adapters in the place of its own, and within these limits."""
        ...


@pytest.fixture
async def application() -> AsyncGenerator[Application]:
    """The application on fakes: no HTTP, no database."""
    from tests.fakes.application import in_memory_application

    application = in_memory_application()
    yield application
    await application.changes.close()


@pytest.fixture
def mediator(application: Application) -> Mediator:
    """The way into it."""
    return application.mediator


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest) -> Mediator:
    """The way into the application, on the fakes and on PostgreSQL: what a use case does, it does on both."""
    return request.getfixturevalue(_MEDIATORS[request.param])


@pytest.fixture(params=STORES)
def make_store(request: pytest.FixtureRequest) -> MakeStore:
    """Makes stores with what a test brings along, on the fakes and on PostgreSQL."""
    if request.param == "fakes":
        return _on_fakes

    from datastore_service.application.limits import Limits
    from datastore_service.bootstrap import build_mediator

    engines = request.getfixturevalue("engines")
    return lambda adapters=None, limits=None: build_mediator(engines, limits or Limits(), adapters)


def _on_fakes(adapters: Adapters | None = None, limits: Limits | None = None) -> Mediator:
    from tests.fakes.application import in_memory_mediator

    return in_memory_mediator(adapters, limits=limits)
