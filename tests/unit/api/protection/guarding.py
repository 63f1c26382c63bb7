"""Guards as tests need them."""

from collections.abc import Collection, Sequence

from starlette.types import ASGIApp

from datastore_service.api.edge.admission import Admission, Check
from datastore_service.api.edge.capacity import Capacity
from datastore_service.api.edge.concurrency import Concurrency
from datastore_service.api.edge.held_bytes import HeldBytes
from datastore_service.api.edge.lifecycle_gate import LifecycleGate
from datastore_service.application.large_requests import LargeRequests
from datastore_service.application.lifecycle import Lifecycle


def guard(
    app: ASGIApp,
    *,
    checks: Sequence[Check] = (),
    most: int = 100,
    lifecycle: Lifecycle | None = None,
    seconds: float = 60,
    per_client: int = 0,
    large_requests: int = 2,
    held_bytes: int = 1 << 20,
    streamed: Collection[str] = (),
    bytes_per_second: float = 1024,
) -> Admission:
    """Returns a guard that is strict in what the test is about."""
    gate = LifecycleGate(lifecycle or Lifecycle())
    return Admission(
        app,
        checks=checks,
        concurrency=Concurrency(most, per_client),
        capacity=Capacity(HeldBytes(held_bytes), HeldBytes(held_bytes), LargeRequests(large_requests)),
        gate=gate,
        seconds=seconds,
        streamed=streamed,
        bytes_per_second=bytes_per_second,
    )
