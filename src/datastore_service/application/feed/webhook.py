"""What a webhook is, and what is left of a message that could not be delivered."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from datastore_service.application.position import Position
from datastore_service.application.views import JsonText

TICK: Final = timedelta(microseconds=1)
"""By how much later a change is than the one before, at least."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An address that is told of every change.

    Attributes:
        collection: Only of changes in it; None is all.
        secret: What messages are signed with; as Standard Webhooks has it, `whsec_` and Base64.
        enabled: Whether it is told at all.
        position: The place in the log before which it has been told of everything.
        failures: How often it could not be told of the next change.
        next_attempt_at: When that is tried again.
        last_error: Why it could not, the last time.
    """

    name: str
    url: str
    collection: str | None
    secret: str
    enabled: bool
    position: Position
    failures: int
    next_attempt_at: datetime
    last_error: str | None
    created_at: datetime
    updated_at: datetime

    @property
    def version(self) -> int:
        """The time of the last change in microseconds. How far it has been told is no change of a webhook."""
        return (self.updated_at - _EPOCH) // TICK


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """A message that was given up after so many failures.

    Attributes:
        message_id: What the receiver knows the message by; it is the same whenever it comes.
        replaying: Whether it is to be tried once more.
    """

    id: UUID
    webhook: str
    message_id: str
    body: JsonText
    failures: int
    error: str
    failed_at: datetime
    replaying: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookRules:
    """What holds for all webhooks.

    Attributes:
        allowed_hosts: Names and addresses that may be called; `*.NAME` and `*` are patterns.
        timeout_seconds: How long a receiver may take to answer.
        most_failures: After how many a message is given up.
        first_delay_seconds: The most seconds from the first failure to the next attempt; they double with each failure.
        longest_delay_seconds: What they grow to.
    """

    allowed_hosts: tuple[str, ...] = ("*",)
    timeout_seconds: float = 10.0
    most_failures: int = 12
    first_delay_seconds: float = 1.0
    longest_delay_seconds: float = 3600.0

    def allows(self, host: str) -> bool:
        """Tells whether a host may be called."""
        return any(
            rule in {"*", host} or (rule.startswith("*.") and host.endswith(rule[1:])) for rule in self.allowed_hosts
        )
