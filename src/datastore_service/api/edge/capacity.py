"""How much of what is large one process holds and works on at the same time."""

from dataclasses import dataclass
from typing import Self

from datastore_service.api.edge.held_bytes import HeldBytes
from datastore_service.application.large_requests import LargeRequests
from datastore_service.config.settings import LimitSettings


@dataclass(frozen=True, slots=True)
class Capacity:
    """What all connections of a process share.

    Attributes:
        received: What it holds of bodies and of the messages of WebSockets.
        answers: What it holds of answers that clients have not taken.
        large_requests: The room for what is large.
    """

    received: HeldBytes
    answers: HeldBytes
    large_requests: LargeRequests

    @classmethod
    def of(cls, limits: LimitSettings) -> Self:
        """Returns the capacity of a process with these limits."""
        return cls(HeldBytes(limits.held_bytes), HeldBytes(limits.held_bytes), LargeRequests(limits.large_requests))
