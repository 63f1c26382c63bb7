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


def test_both_end_what_runs_in_the_foreground() -> None:
    with sigint_handled_by(signal.SIG_DFL):
        assert ending_signals() == (SIGINT, SIGTERM)


def test_an_ignored_sigint_stays_ignored() -> None:
    with sigint_handled_by(signal.SIG_IGN):
        assert ending_signals() == (SIGTERM,)
