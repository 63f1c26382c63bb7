"""An outage is told of when it begins and when it has ended, and not at each attempt."""

import logging

import pytest

from datastore_service.application.outages import Outage


@pytest.fixture
def outage() -> Outage:
    return Outage(logging.getLogger("loop"), begun="It does not work", ended="It works again.")


def test_it_is_told_of_once_each_time(outage: Outage, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    for _ in range(2):
        outage.is_over()
        for number in range(3):
            outage.goes_on(OSError(f"attempt {number}"))
        outage.is_over()

    once = [("loop", logging.WARNING, "It does not work: attempt 0"), ("loop", logging.INFO, "It works again.")]
    assert caplog.record_tuples == once * 2


def test_an_unexpected_error_is_told_of_once_for_each_type(outage: Outage, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)

    for error in (OSError("a"), LookupError("b"), LookupError("c"), OSError("d")):
        outage.goes_on_unexpectedly(error)
    outage.is_over()

    told = [(record.levelno, str(record.exc_info and record.exc_info[1])) for record in caplog.records]
    assert told == [(logging.ERROR, "a"), (logging.ERROR, "b"), (logging.INFO, "None")]
