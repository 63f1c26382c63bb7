"""Which signals end the service."""

import signal
from collections.abc import Generator
from contextlib import contextmanager
from signal import SIGINT, SIGTERM

from datastore_service.config.signals import ending_signals


@contextmanager
def sigint_handled_by(handler: signal.Handlers) -> Generator[None]:
    before = signal.signal(SIGINT, handler)
    try:
        yield
    finally:
        signal.signal(SIGINT, before)


def test_both_signals_end_a_foreground_process() -> None:
    with sigint_handled_by(signal.SIG_DFL):
        assert ending_signals() == (SIGINT, SIGTERM)


def test_an_ignored_sigint_stays_ignored() -> None:
    with sigint_handled_by(signal.SIG_IGN):
        assert ending_signals() == (SIGTERM,)
