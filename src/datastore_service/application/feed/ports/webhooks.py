"""Where webhooks are kept, and how they are called."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from datastore_service.application.feed.webhook import DeadLetter, Webhook
from datastore_service.application.position import Position


class WebhookStore(Protocol):
    """Keeps webhooks and their dead letters; any call may raise StoreUnavailable.

    Each is a transaction of its own, or a part of the unit of work that is open around it.
    """

    async def get(self, name: str) -> Webhook | None:
        """Returns the webhook, if there is one."""
        ...

    async def all(self) -> Sequence[Webhook]:
        """Returns all webhooks, by their names."""
        ...

    async def put(self, webhook: Webhook, instead_of: Webhook | None, *, moving: bool) -> bool:
        """Makes a webhook, or changes one; its place in the log and its failures only if `moving`.

        Returns:
            Whether the stored webhook still had the version of `instead_of`. If not, nothing was changed.
        """
        ...

    async def remove(self, webhook: Webhook) -> bool:
        """Forgets a webhook and its dead letters, if it is still at this version; returns whether it was."""
        ...

    async def claim(self, owner: str, now: datetime, until: datetime) -> Sequence[Webhook]:
        """Leases to the owner each enabled webhook without a lease of another owner, and returns all of the owner's."""
        ...

    async def release(self, owner: str) -> None:
        """Ends all leases of the owner."""
        ...

    async def holds(self, webhook: Webhook, owner: str, now: datetime) -> bool:
        """Tells whether the webhook is still at this version, and the lease on it is the owner's and lasts."""
        ...

    async def advance(self, webhook: Webhook, owner: str, position: Position) -> bool:
        """Notes that all changes before a place have been delivered.

        Returns:
            Whether it was noted. Nothing is if the webhook is not at this version any more, if the lease is no longer
            the owner's, or if the place is of another epoch of the log.
        """
        ...

    async def failed(self, webhook: Webhook, owner: str, failures: int, again_at: datetime, error: str) -> bool:
        """Notes a failure, if the webhook is at this version and the lease is the owner's; returns whether it is."""
        ...

    async def bury(self, webhook: Webhook, letter: DeadLetter, owner: str, position: Position) -> bool:
        """Keeps a dead letter and goes on behind it, on the conditions of `advance`; returns whether it did."""
        ...

    async def letters(self, name: str, most: int) -> Sequence[DeadLetter]:
        """Returns the oldest dead letters of a webhook."""
        ...

    async def count_letters(self) -> int:
        """Returns how many dead letters all webhooks have together."""
        ...

    async def ask_for_replay(self, name: str, letter_id: UUID | None) -> int:
        """Marks one dead letter of a webhook, or all, to be tried once more; returns how many."""
        ...

    async def to_replay(self, name: str) -> Sequence[DeadLetter]:
        """Returns some of the dead letters that are to be tried once more, the oldest first."""
        ...

    async def replayed(self, webhook: Webhook, letter: DeadLetter, owner: str, error: str | None, at: datetime) -> bool:
        """Forgets a dead letter that was delivered, or notes the error.

        Returns:
            Whether it did. It does nothing if the webhook is not at this version any more, or the lease another's.
        """
        ...


class WebhookSender(Protocol):
    """Calls receivers."""

    async def send(self, url: str, body: str, headers: Mapping[str, str]) -> str | None:
        """Posts a message of JSON.

        Returns:
            None when the receiver has taken it (2xx); else why not, in a few words. It never raises.
        """
        ...
