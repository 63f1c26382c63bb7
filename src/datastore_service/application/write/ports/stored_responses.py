"""Answers that were given, for requests that come again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from datastore_service.domain.errors import DomainError


@dataclass(frozen=True, slots=True, kw_only=True)
class RepeatableRequest:
    """A request that may come again.

    Attributes:
        actor: The id of the actor who made it; another actor's keys are other keys.
        key: What the client calls it.
        fingerprint: What it asks for: equal of equal commands.
        at: When it came, in UTC.
        expires_at: Until when its answer is kept, in UTC.
    """

    actor: str
    key: str
    fingerprint: bytes
    at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """What came of a command: its result, or the refusal."""

    outcome: Any | DomainError


class StoredResponses(Protocol):
    """The kept answers."""

    async def find(self, request: RepeatableRequest, result_type: Any, /) -> StoredResponse | None:  # noqa: ANN401 - a type
        """Returns the answer that was given to this request, or None if this unit of work has to give it.

        Until the unit of work has ended, any other that asks for the same key is told that it is in flight.

        Raises:
            IdempotencyKeyReused: The key came with another request.
            IdempotencyKeyInFlight: Another unit of work is giving the answer right now.
        """
        ...

    async def keep(self, request: RepeatableRequest, answer: StoredResponse, /) -> None:
        """Keeps the answer together with the changes of this unit of work, which has to hold the key; see `find`.

        Raises:
            IdempotencyKeyInFlight: Another answer to the request is kept already, by a unit of work that did not hold
                the key.
        """
        ...
