import asyncio
import logging
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager
from importlib.metadata import version
from types import ModuleType

import pytest
from starlette.applications import Starlette
from typer.testing import CliRunner, Result

from datastore_service import cli
from datastore_service.api.edge.capacity import Capacity
from datastore_service.application.lifecycle import Lifecycle
from datastore_service.config.settings import Settings

pytestmark = pytest.mark.slow


class StartupError(Exception):
    """As the service's own."""


class FakeMain(ModuleType):
    """Stands for `datastore_service.main` and `datastore_service.database`, which would start a database."""

    StartupError = StartupError

    def __init__(self) -> None:
        super().__init__("datastore_service.main")
        self.served: list[Settings] = []
        self.migrated: list[Settings] = []
        self.while_starting: Callable[[], object] = lambda: None

    def create_app(self, settings: Settings) -> Starlette:
        @asynccontextmanager
        async def lifespan(_app: Starlette) -> AsyncGenerator[None]:
            self.while_starting()
            await asyncio.sleep(0)
            yield

        self.served.append(settings)
        app = Starlette(lifespan=lifespan)
        app.state.lifecycle, app.state.capacity = Lifecycle(), Capacity.of(settings.limits)
        return app

    async def migrate(self, settings: Settings) -> str:
        self.while_starting()
        # A signal reaches the loop when that looks for something to do, and the task a turn or two later.
        for _ in range(10):
            await asyncio.sleep(0)
        self.migrated.append(settings)
        return "0007"


@pytest.fixture
def fake_main(monkeypatch: pytest.MonkeyPatch) -> FakeMain:
    main = FakeMain()
    for module in ("main", "database"):
        monkeypatch.setitem(sys.modules, f"datastore_service.{module}", main)
    return main


@pytest.fixture
def interrupted_when_ready(monkeypatch: pytest.MonkeyPatch) -> None:
    open_for_all = Lifecycle.open

    def open_and_interrupt(lifecycle: Lifecycle) -> None:
        open_for_all(lifecycle)
        interrupt()

    monkeypatch.setattr(Lifecycle, "open", open_and_interrupt)


@pytest.fixture(autouse=True)
def restored_logging() -> Generator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers = handlers
    root.setLevel(level)


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATASTORE_ENV", "test")
    monkeypatch.delenv("DATABASE_URL", raising=False)


def datastore(*arguments: str) -> Result:
    return CliRunner().invoke(cli.app, arguments)


def interrupt() -> None:
    signal.raise_signal(signal.SIGINT)


def test_help_names_the_commands_without_importing_what_they_need() -> None:
    heavy = ("fastapi", "hydra", "omegaconf", "pydantic", "sqlalchemy", "starlette", "uvicorn")
    program = (
        "import sys; sys.argv = ['datastore', '--help']\n"
        "from datastore_service.cli import main\n"
        "try: main()\n"
        f"finally: print('imported:', [name for name in {heavy} if name in sys.modules])"
    )

    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert all(f"\n  {command} " in shown for command in ("serve", "migrate", "backup", "restore", "doctor", "config"))
    assert shown.endswith("imported: []\n")


def test_nothing_is_imported_that_is_seldom_needed() -> None:
    """Commands on the data do without the facades, and most starts of a service without migrations and traces."""
    facades = ("fastapi", "graphql", "starlette", "strawberry", "uvicorn")
    seldom = ("alembic", "httpx2", "opentelemetry.sdk", "rich")
    program = (
        "import sys, datastore_service.bootstrap, datastore_service.config.limits, datastore_service.database\n"
        "import datastore_service.api.routes.bulk.sources\n"
        f"print([name for name in {facades + seldom} if name in sys.modules])\n"
        "import datastore_service.main, datastore_service.server\n"
        f"print([name for name in {seldom} if name in sys.modules])"
    )

    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout

    assert shown == "[]\n[]\n"


def test_shows_its_version() -> None:
    result = datastore("--version")

    assert (result.exit_code, result.stdout) == (0, f"{version('datastore-service')}\n")


def test_shows_the_settings_in_effect_without_the_password() -> None:
    result = datastore("config", "server.port=9000", "database.url=postgres://user:s3cret@db/x?sslmode=require")

    assert result.exit_code == 0
    assert "  port: 9000\n" in result.stdout
    assert "  url: postgresql://user:***@db/x?sslmode=require\n" in result.stdout


@pytest.mark.parametrize("command", ["serve", "migrate", "config"])
def test_prints_a_line_for_each_mistake_and_exits_with_2(command: str, fake_main: FakeMain) -> None:
    result = datastore(command, "server.port=abc", "limits.json_depth=0")

    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr == (
        "server.port (DATASTORE_PORT): 'abc' is not a valid integer; allowed: an integer from 0 to 65535\n"
        "limits.json_depth (DATASTORE_JSON_DEPTH): '0' is too small; allowed: an integer from 1 to 200\n"
    )
    assert not fake_main.migrated


def test_suggests_the_setting_for_an_unknown_option() -> None:
    result = datastore("serve", "--prot=9000")

    assert (result.exit_code, result.stderr) == (2, "--prot: no such option; did you mean server.port?\n")


@pytest.mark.parametrize("path", ["payload.%zz", "payload.100%", "payload.%F", "payload.%FF"])
@pytest.mark.parametrize("command", ["create", "drop"])
def test_refuses_an_encoded_path_that_is_not_percent_encoded(command: str, path: str) -> None:
    refused = datastore("index", command, "--encoded", "people", path)

    assert refused.exit_code == 2
    assert f"{path} is not percent-encoded UTF-8." in refused.output


@pytest.mark.usefixtures("interrupted_when_ready")
def test_serves_until_interrupted_and_says_where(fake_main: FakeMain) -> None:
    result = datastore("serve", "database.data_dir=/srv/records")

    first, *others = result.stdout.splitlines()
    url = first.removeprefix("Datastore is ready at ")
    assert url.startswith("http://localhost:")
    assert others == [
        f"  REST     {url}/docs and {url}/redoc",
        f"  GraphQL  {url}/graphql",
        "  Data     /srv/records (embedded PostgreSQL)",
        "Press Ctrl-C to stop.",
        "Stopped.",
    ]
    assert result.exit_code == 130
    assert [settings.server.port for settings in fake_main.served] == [0]


@pytest.mark.usefixtures("fake_main", "interrupted_when_ready")
def test_says_which_database_it_was_given_without_the_password() -> None:
    result = datastore("serve", "database.url=postgres://user:s3cret@db/x")

    assert "\n  Data     postgresql://user:***@db/x\n" in result.stdout


@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_a_service_that_cannot_start_prints_the_reason_and_exits_with_1(command: str, fake_main: FakeMain) -> None:
    def fail() -> None:
        raise StartupError("The database cannot be reached.")

    fake_main.while_starting = fail

    result = datastore(command)

    assert (result.exit_code, result.stdout, result.stderr) == (1, "", "The database cannot be reached.\n")


@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_an_interruption_while_starting_leaves_no_traceback(command: str, fake_main: FakeMain) -> None:
    fake_main.while_starting = interrupt

    result = datastore(command)

    assert (result.exit_code, result.stdout, result.stderr) == (130, "Stopped.\n", "")


def test_a_port_in_use_is_reported_before_anything_starts(fake_main: FakeMain) -> None:
    fake_main.while_starting = lambda: pytest.fail("has started")

    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        result = datastore("serve", f"server.port={port}")

    assert result.exit_code == 1
    assert result.stderr == (
        f"Port {port} on 127.0.0.1 is in use; choose another with DATASTORE_PORT or server.port=NUMBER\n"
    )


def test_migrates_the_database_of_the_settings(fake_main: FakeMain) -> None:
    result = datastore("migrate", "database.data_dir=/srv/records")

    assert (result.exit_code, result.stdout) == (0, "The schema is up to date, at revision 0007.\n")
    assert [str(settings.database.data_dir) for settings in fake_main.migrated] == ["/srv/records"]
