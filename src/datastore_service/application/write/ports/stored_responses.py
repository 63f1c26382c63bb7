"""Stored responses, for requests that clients repeat under an `Idempotency-Key`."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from datastore_service.domain.errors import DomainError


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatableRequest:
    """A request that its client may repeat.

    Attributes:
        actor: The id of the actor who made it. Each actor has keys of its own.
        key: The client's `Idempotency-Key`, with the place of the command in the request.
        fingerprint: A digest of the command; equal commands have equal digests.
        former_fingerprint: Computes the digest that a release before adr/0097 has stored for an equal command.
        at: When the request came, in UTC.
        expires_at: Until when its response is stored, in UTC.
    """

    actor: str
    key: str
    fingerprint: bytes
    former_fingerprint: Callable[[], bytes]
    at: datetime
    expires_at: datetime

    def repeats(self, stored: bytes) -> bool:
        """Tells whether the command is the one that has left this fingerprint."""
        return stored == self.fingerprint or stored == self.former_fingerprint()


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """The outcome of a command: its result, or the error that refused it."""

    outcome: Any | DomainError


class StoredResponses(Protocol):
    """The kept answers."""

    async def find(self, request: RepeatableRequest, result_type: Any, /) -> StoredResponse | None:  # noqa: ANN401 - a type
        """Returns the stored response to this request, or None if there is none yet.

        With None, the unit of work holds the key until it ends: another one that asks for the same key meanwhile gets
        `IdempotencyKeyInFlight`.

        Raises:
            IdempotencyKeyReused: The key was used for a request with another fingerprint.
            IdempotencyKeyInFlight: Another unit of work holds the key.
        """
        ...

    async def keep(self, request: RepeatableRequest, answer: StoredResponse, /) -> None:
        """Stores the response together with the changes of this unit of work. `find` has to be called before.

        Raises:
            IdempotencyKeyInFlight: A response to the request is stored already, by a unit of work that did not hold
                the key.
        """
        ...
