"""What tests are given: the application on fakes, and the same on a real PostgreSQL of the test run's own."""

# ruff: noqa: PLC0415 - a test of the domain takes a second less where only those import the service that need it

from __future__ import annotations

import gc
import os
import signal
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests import containers, profiles
from tests.fixtures import application, make_store, mediator, store

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    import httpx2

    from datastore_service.application.mediator import Mediator
    from datastore_service.bootstrap import Application
    from datastore_service.config.settings import Settings
    from datastore_service.infrastructure.database.engine.pools import Engines

__all__ = ["application", "make_store", "mediator", "store"]

# Tests that run in the background are started with SIGINT ignored, as would be what they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Where Python is told to write no bytecode, as in many containers, each process would compile the tests, what pytest
# rewrites, and the service anew.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# What is imported stays, and is a lot to look through: no garbage is looked for until all of it is there.
gc.disable()

profiles.load()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Has each worker begin with some of the modules that take longest: one that began last would run alone.

    Workers are given parts of the list as long as each other, one after the other.
    """
    lengthy, others = dict[Path, list[pytest.Item]](), list[pytest.Item]()
    for item in items:
        (lengthy.setdefault(item.path, []) if item.get_closest_marker("lengthy") else others).append(item)
    workers, left = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")), len(items)
    items.clear()
    for worker in range(workers):
        first = [item for module in [*lengthy.values()][worker::workers] for item in module]
        # xdist divides what is left by the workers that are left.
        size = max(0, (left - len(items)) // (workers - worker) - len(first))
        items += [*first, *others[:size]]
        del others[:size]
    items += others


def pytest_collection_finish() -> None:
    """Lets the garbage collector leave alone what has been imported: looking at it again and again takes a tenth.

    Lets punq look at what has been imported but once, too.
    """
    gc.freeze()
    gc.enable()
    containers.quicken()


@pytest.fixture(scope="session")
async def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The data of an embedded PostgreSQL whose schema is up to date, to be copied: made once for all workers."""
    from tests.data_folders import prepared

    base = tmp_path_factory.getbasetemp()
    return await prepared(base.parent if "PYTEST_XDIST_WORKER" in os.environ else base)


@pytest.fixture(scope="session")
async def database_url(data_folder: Path) -> AsyncGenerator[str]:
    """Starts one PostgreSQL for this worker, and yields the URL of its database."""
    from datastore_service.infrastructure.embedded import embedded_postgres
    from tests.data_folders import copy

    # Not below pytest's own folder: that is only for the user who runs the tests, who may not be PostgreSQL's.
    with tempfile.TemporaryDirectory(prefix="datastore-tests-") as folder:
        async with embedded_postgres(copy(data_folder, Path(folder) / "data")) as url:
            yield url


@pytest.fixture(scope="session")
def settings() -> Settings:
    """The test environment's settings."""
    from tests.settings import settings_with

    return settings_with()


@pytest.fixture(scope="session")
def sql_settings(database_url: str) -> Settings:
    """The same, on this worker's PostgreSQL."""
    from datastore_service.config.loader import load_settings

    return load_settings([], {"DATASTORE_ENV": "test", "DATABASE_URL": database_url})


@pytest.fixture(scope="session")
async def shared_engines(sql_settings: Settings) -> AsyncGenerator[Engines]:
    """The pools of this worker, on a migrated database."""
    from datastore_service.database import open_database

    async with open_database(sql_settings) as engines:
        yield engines


@pytest.fixture
async def engines(shared_engines: Engines) -> AsyncGenerator[Engines]:
    """The pools, on a database that is empty again afterwards."""
    from datastore_service.testing import empty

    yield shared_engines
    await empty(shared_engines)


@pytest.fixture(scope="module")
async def module_engines(shared_engines: Engines) -> AsyncGenerator[Engines]:
    """The same for a module whose tests share what one of them has written, and take no fixture that empties it."""
    from datastore_service.testing import empty

    yield shared_engines
    await empty(shared_engines)


@pytest.fixture
async def sql_application(engines: Engines) -> AsyncGenerator[Application]:
    """The application as it is served."""
    from datastore_service.application.limits import Limits
    from datastore_service.bootstrap import build_application

    application = build_application(engines, Limits())
    yield application
    await application.changes.close()


@pytest.fixture
def sql_mediator(sql_application: Application) -> Mediator:
    """The way into it."""
    return sql_application.mediator


@pytest.fixture
async def locking_mediator(engines: Engines) -> AsyncGenerator[Mediator]:
    """The same, with each unit of work a transaction of its own that locks what it reads."""
    from datastore_service.application.limits import Limits
    from datastore_service.application.write.ports.unit_of_work import TransactionFactory
    from datastore_service.bootstrap import build_application
    from datastore_service.infrastructure.database.write.transaction import SqlTransactionFactory

    application = build_application(engines, Limits(), {TransactionFactory: SqlTransactionFactory})
    yield application.mediator
    await application.changes.close()


@pytest.fixture
async def sql_client(sql_settings: Settings, sql_mediator: Mediator) -> AsyncGenerator[httpx2.AsyncClient]:
    """The service over HTTP on PostgreSQL, without a socket."""
    import httpx2

    from tests.apps import shared_app

    app = shared_app(sql_settings, sql_mediator)
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url="http://localhost:8080") as client:
        yield client
