"""A process that is told to stop before it is ready, where the kernel keeps from it what it has no handler for."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.patience import PATIENCE


@contextmanager
def deaf_children() -> Generator[None]:
    """Lets processes inherit what is process 1's lot: SIGTERM does nothing until they have a handler for it."""
    handler = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, handler)


@pytest.mark.parametrize("command", ["serve", "migrate"])
def test_hears_sigterm_while_it_still_imports(folder: Path, command: str) -> None:
    with deaf_children():
        process = subprocess.Popen(
            [sys.executable, "-m", "datastore_service", command],
            cwd=folder,
            env=os.environ | {"DATASTORE_ENV": "test", "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/nothing"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        process.send_signal(signal.SIGTERM)
        time.sleep(0.01)
    output, _ = process.communicate(timeout=PATIENCE)

    assert (process.returncode, output) == (128 + signal.SIGTERM, "")
