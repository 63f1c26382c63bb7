"""What holds for each test of a unit."""

import signal
from collections.abc import Generator

import pytest


@pytest.fixture(autouse=True, scope="session")
def interruptible() -> Generator[None]:
    """Ctrl-C interrupts, also where the tests have been started by something that ignores it, such as nohup."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
