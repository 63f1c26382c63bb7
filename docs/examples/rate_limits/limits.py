"""How many messages an actor may send, by a token bucket: so many at once, and so many a second after that."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from time import monotonic
from typing import Any

from pydantic import Field

from datastore_service.application.mediator import Step
from datastore_service.application.messages import Message
from datastore_service.application.read.queries.check_readiness import CheckReadiness
from datastore_service.application.request_context import Actor, judged_once
from datastore_service.config.section import Section
from datastore_service.domain.errors import DomainError


class RateLimits(Section):
    """How many messages each actor may send."""

    messages_per_second: float = Field(ge=0.01, le=100_000, description="Messages a second, on average.")
    burst: int = Field(ge=1, le=100_000, description="Messages at once, after a pause.")


class RateLimited(DomainError):
    """The actor has sent too many messages."""

    code = "rate_limited"

    def __init__(self, actor: Actor, retry_after: float) -> None:
        super().__init__(f"{actor.id} has sent too many messages.")
        self.retry_after = retry_after


@dataclass(slots=True)
class Bucket:
    """What an actor may still send, and when that was worked out."""

    tokens: float
    at: float


@dataclass(frozen=True, slots=True)
class LimitRates:
    """Refuses messages of actors who send too many, in this process.

    Attributes:
        limits: How many are allowed.
        now: Tells the time, in seconds.
    """

    limits: RateLimits
    now: Callable[[], float] = monotonic
    _buckets: dict[str, Bucket] = field(default_factory=dict[str, Bucket])

    def concerns(self, message: type[Message[Any]], /) -> bool:
        """Takes all messages but those of probes."""
        return message is not CheckReadiness

    def __call__(self, following: Step, message: Message[Any], /) -> Awaitable[Any]:
        return self._limited(following, message)

    async def _limited(self, following: Step, message: Message[Any]) -> Any:  # noqa: ANN401 - the message's own result
        return await following(await judged_once(self.judge, message))

    async def judge(self, message: Message[Any], actor: Actor, /) -> Message[Any]:
        """Lets a message through, or refuses it.

        Raises:
            RateLimited: The bucket of the actor is empty.
        """
        now, rate = self.now(), self.limits.messages_per_second
        bucket = self._buckets.setdefault(actor.id, Bucket(self.limits.burst, now))
        bucket.tokens = min(self.limits.burst, bucket.tokens + (now - bucket.at) * rate)
        bucket.at = now
        if bucket.tokens < 1:
            raise RateLimited(actor, (1 - bucket.tokens) / rate)
        bucket.tokens -= 1
        return message
