"""A real server process, as a user starts it, on an embedded PostgreSQL of its own."""

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.data_folders import copy
from tests.patience import PATIENCE


@dataclass(frozen=True, slots=True)
class RunningService:
    """A `datastore serve` in a folder, which has said that it is ready."""

    folder: Path
    process: subprocess.Popen[str]
    base_url: str
    welcome: str

    def stop(self, by: signal.Signals = signal.SIGINT) -> str:
        """Ends it and returns what it printed after the welcome."""
        self.process.send_signal(by)
        output, _ = self.process.communicate(timeout=PATIENCE)
        return output


def free_port() -> int:
    """Returns a port that nobody listens on, for those who have to know it beforehand."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return listening.getsockname()[1]


@contextmanager
def serving(folder: Path, *overrides: str, **environment: str) -> Generator[RunningService]:
    """Runs `datastore serve` in the folder until the context ends."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DATASTORE_", "DATABASE_"))}
    process = subprocess.Popen(
        [sys.executable, "-m", "datastore_service", "serve", "server.port=0", *overrides],
        cwd=folder,
        env=inherited | environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if "Ctrl-C" in line:
            break
    output = "".join(lines)
    address = re.search(r"ready at (\S+)", output)
    assert address, output
    try:
        yield RunningService(folder, process, address[1], output)
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=PATIENCE)
        process.stdout.close()


@pytest.fixture
def folder(data_folder: Path) -> Generator[Path]:
    """A folder to start services in, with data that none has to make first."""
    with tempfile.TemporaryDirectory(prefix="datastore-e2e-") as name:
        copy(data_folder, Path(name) / ".datastore")
        yield Path(name)


@pytest.fixture(scope="session")
def service() -> Generator[RunningService]:
    """One in a folder where nothing was before, which the tests share, and leave as ready as they found it.

    It logs little: nothing reads on while they run, and a pipe holds only so many lines.
    """
    with (
        tempfile.TemporaryDirectory(prefix="datastore-e2e-") as name,
        serving(Path(name), "observability.log_level=error") as service,
    ):
        yield service


@pytest.fixture(scope="session")
def base_url(request: pytest.FixtureRequest) -> str:
    """Where the service is: at DATASTORE_E2E_URL, which may hold data already, or in a process of its own."""
    given = os.environ.get("DATASTORE_E2E_URL", "").rstrip("/")
    return given or request.getfixturevalue("service").base_url
