"""Consumers: followers whose place in the log the service keeps."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Final

from datastore_service.application.position import Position
from datastore_service.domain.errors import InvalidValue
from datastore_service.domain.records.values import is_collection_name

_VERSION_BYTES: Final = 6
"""JavaScript knows integers of 53 bits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consumer:
    """A follower by its name, and how far it has come: all before the place is dealt with."""

    name: str
    position: Position
    created_at: datetime
    acknowledged_at: datetime

    @property
    def version(self) -> int:
        """A number that changes whenever the consumer is moved. It does not grow."""
        place = f"{self.position} {self.created_at.timestamp()} {self.acknowledged_at.timestamp()}"
        return int.from_bytes(blake2b(place.encode(), digest_size=_VERSION_BYTES).digest()) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """How far a place is behind the end of the log.

    Attributes:
        changes: How many changes come after it, counted up to a limit.
        oldest: When the first of them was made; None where there is none.
    """

    changes: int
    oldest: datetime | None

    def seconds(self, now: datetime) -> float:
        """Returns for how long the first of them has been waiting."""
        return 0.0 if self.oldest is None else max(0.0, (now - self.oldest).total_seconds())


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerView:
    """A consumer, and how far it is behind: in changes, counted up to `LAG_COUNTED`, and in seconds."""

    consumer: Consumer
    lag_changes: int
    lag_seconds: float


LAG_COUNTED = 10_000
"""How far changes are counted for a lag; who is further behind than that is far behind."""


def consumer_name(name: str) -> str:
    """Returns the name if it can be one.

    Raises:
        InvalidValue: It cannot.
    """
    if not is_collection_name(name):
        raise InvalidValue("/name", "A name is 1 to 128 letters, digits, '_', '-' and '.'.")
    return name
