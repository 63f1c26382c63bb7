"""Who follows the log of changes, as far as others have to know of it: what they have yet to get is not purged."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from datastore_service.application.position import Position


@dataclass(frozen=True, slots=True, kw_only=True)
class Follower:
    """A consumer or a webhook.

    Attributes:
        name: Such as `consumer 'mails'`.
        position: What comes after this place, it has yet to get.
        collection: The collection whose changes it gets; None is all.
    """

    name: str
    position: Position
    collection: str | None


class Followers(Protocol):
    """The consumers and webhooks, those that are disabled included."""

    async def all(self) -> Sequence[Follower]:
        """Returns all of them.

        Raises:
            StoreUnavailable: The store cannot be reached.
        """
        ...

    async def lag(self, follower: Follower, /) -> tuple[int, float]:
        """Returns how many changes it has yet to get, up to a limit, and for how many seconds the first has waited.

        Raises:
            StoreUnavailable: The store cannot be reached.
        """
        ...
