"""What was asked of the service, and what it has answered."""

from dataclasses import dataclass, field
from enum import Enum, auto
from uuid import UUID, uuid4

type Change = dict[str, object]


class Outcome(Enum):
    """What a client knows of a write."""

    UNKNOWN = auto()
    """There was no answer, or one that says so: it was made as a whole, or not at all."""
    ACKNOWLEDGED = auto()
    REFUSED = auto()


@dataclass(slots=True)
class Write:
    """One request; it names itself in X-Request-Id, which the log of changes keeps.

    Attributes:
        payloads: What each record is to hold; nothing for one that is to be deleted.
        begun: When it was sent, by the ledger's clock.
        ended: When its answer came, by the same.
        versions: What each record has become, as far as the answer tells.
    """

    name: str
    payloads: dict[UUID, object]
    begun: int
    ended: int | None = None
    outcome: Outcome = Outcome.UNKNOWN
    versions: dict[UUID, int] = field(default_factory=dict[UUID, int])


@dataclass(slots=True)
class Ledger:
    """All writes of a scenario, which has a collection to itself, and the changes that followers got meanwhile."""

    collection: str = field(default_factory=lambda: f"chaos-{uuid4().hex[:12]}")
    writes: dict[str, Write] = field(default_factory=dict[str, Write])
    followed: list[list[Change]] = field(default_factory=list[list[Change]])
    _clock: int = 0

    def begin(self, payloads: dict[UUID, object]) -> Write:
        """Notes a write before it is sent."""
        write = Write(f"{self.collection}-{len(self.writes)}", payloads, self._tick())
        self.writes[write.name] = write
        return write

    def end(self, write: Write, outcome: Outcome, versions: dict[UUID, int] | None = None) -> None:
        """Notes what is known of it now."""
        write.ended = self._tick()
        write.outcome = outcome
        write.versions = versions or {}

    def count(self, outcome: Outcome) -> int:
        """Tells how many writes came out like this."""
        return sum(write.outcome is outcome for write in self.writes.values())

    def _tick(self) -> int:
        self._clock += 1
        return self._clock
