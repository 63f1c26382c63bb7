"""How long is waited before another attempt."""

import random

import pytest

from datastore_service.application.backoff import backoff


def shares_of_the_bound(monkeypatch: pytest.MonkeyPatch, share: float) -> None:
    """Has chance take the same share of what is possible each time."""

    def uniform(low: float, high: float) -> float:
        return low + share * (high - low)

    monkeypatch.setattr(random, "uniform", uniform)


@pytest.mark.parametrize(
    ("failures", "bound"), [(1, 0.25), (2, 0.5), (3, 1.0), (4, 2.0), (5, 3.0), (6, 3.0), (1_000_000, 3.0)]
)
def test_the_bound_doubles_up_to_the_longest(monkeypatch: pytest.MonkeyPatch, failures: int, bound: float) -> None:
    shares_of_the_bound(monkeypatch, 1)

    assert backoff(failures, first=0.25, longest=3.0) == bound


def test_the_jitter_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    shares_of_the_bound(monkeypatch, 0)
    least = backoff(3, first=0.25, longest=3.0)
    shares_of_the_bound(monkeypatch, 0.5)
    middle = backoff(3, first=0.25, longest=3.0)

    assert (least, middle) == (0, 0.5)


def test_a_maximum_below_the_first_bound_applies_from_the_first_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    shares_of_the_bound(monkeypatch, 1)

    assert backoff(1, first=10.0, longest=2.0) == 2.0


def test_two_waiting_processes_have_different_pauses() -> None:
    waits = {backoff(8, first=0.1, longest=5.0) for _ in range(20)}

    assert len(waits) == 20
    assert all(0 <= wait <= 5 for wait in waits)
