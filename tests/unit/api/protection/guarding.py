"""Guards as tests need them."""

from collections.abc import Collection, Sequence

from starlette.types import ASGIApp

from datastore_service.api.edge.concurrency import Concurrency
from datastore_service.api.edge.gate import Gate
from datastore_service.api.edge.guard import Check, Guard
from datastore_service.application.lifecycle import Lifecycle


def guard(
    app: ASGIApp,
    *,
    checks: Sequence[Check] = (),
    most: int = 100,
    lifecycle: Lifecycle | None = None,
    seconds: float = 60,
    per_client: int = 0,
    large_answers: int = 2,
    streamed: Collection[str] = (),
    bytes_per_second: float = 1024,
) -> Guard:
    """Returns a guard that is strict in what the test is about."""
    gate = Gate(lifecycle or Lifecycle())
    return Guard(
        app,
        checks=checks,
        concurrency=Concurrency(most, per_client),
        large_answers=large_answers,
        gate=gate,
        seconds=seconds,
        streamed=streamed,
        bytes_per_second=bytes_per_second,
    )
