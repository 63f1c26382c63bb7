"""Webhooks in memory, and receivers that tests can rely on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from datastore_service.application.feed.webhook import DeadLetter, Webhook
from datastore_service.application.position import Position
from tests.fakes.store import InMemoryStore


class InMemoryWebhookStore:
    """Keeps them in dictionaries."""

    def __init__(self, store: InMemoryStore) -> None:
        self._webhooks: dict[str, Webhook] = {}
        store.places.append(lambda: [(each.position, each.collection) for each in self._webhooks.values()])
        self._leases: dict[str, tuple[str, datetime]] = {}
        self._letters: dict[UUID, DeadLetter] = {}

    async def get(self, name: str) -> Webhook | None:
        return self._webhooks.get(name)

    async def all(self) -> Sequence[Webhook]:
        return [self._webhooks[name] for name in sorted(self._webhooks)]

    async def put(self, webhook: Webhook, instead_of: Webhook | None, *, moving: bool) -> bool:
        known = self._webhooks.get(webhook.name)
        if (known and known.version) != (instead_of and instead_of.version):
            return False
        if known and not moving:
            webhook = replace(webhook, position=known.position, failures=known.failures, last_error=known.last_error)
        self._webhooks[webhook.name] = webhook
        return True

    async def remove(self, webhook: Webhook) -> bool:
        known = self._webhooks.get(webhook.name)
        if known is None or known.version != webhook.version:
            return False
        self._letters = {key: letter for key, letter in self._letters.items() if letter.webhook != webhook.name}
        self._leases.pop(webhook.name, None)
        del self._webhooks[webhook.name]
        return True

    async def claim(self, owner: str, now: datetime, until: datetime) -> Sequence[Webhook]:
        claimed = [
            webhook
            for webhook in self._webhooks.values()
            if webhook.enabled
            and (self._leases.get(webhook.name, (owner, now))[0] == owner or self._leases[webhook.name][1] < now)
        ]
        self._leases |= {webhook.name: (owner, until) for webhook in claimed}
        return claimed

    async def release(self, owner: str) -> None:
        self._leases = {name: lease for name, lease in self._leases.items() if lease[0] != owner}

    async def holds(self, webhook: Webhook, owner: str, now: datetime) -> bool:
        return self._is_held(webhook, owner) and self._leases[webhook.name][1] > now

    async def advance(self, webhook: Webhook, owner: str, position: Position) -> bool:
        return self._change(webhook, owner, position=position, failures=0, last_error=None)

    async def failed(self, webhook: Webhook, owner: str, failures: int, again_at: datetime, error: str) -> bool:
        return self._change(webhook, owner, failures=failures, next_attempt_at=again_at, last_error=error)

    async def bury(self, webhook: Webhook, letter: DeadLetter, owner: str, position: Position) -> bool:
        if not self._change(webhook, owner, position=position, failures=0, last_error=letter.error):
            return False
        self._letters[letter.id] = letter
        return True

    async def letters(self, name: str, most: int) -> Sequence[DeadLetter]:
        found = [letter for letter in self._letters.values() if letter.webhook == name]
        return sorted(found, key=lambda letter: letter.id)[:most]

    async def count_letters(self) -> int:
        return len(self._letters)

    async def ask_for_replay(self, name: str, letter_id: UUID | None) -> int:
        asked = [
            letter for letter in self._letters.values() if letter.webhook == name and letter_id in {None, letter.id}
        ]
        self._letters |= {letter.id: replace(letter, replaying=True) for letter in asked}
        return len(asked)

    async def to_replay(self, name: str) -> Sequence[DeadLetter]:
        return [letter for letter in await self.letters(name, len(self._letters)) if letter.replaying][:20]

    async def replayed(self, webhook: Webhook, letter: DeadLetter, owner: str, error: str | None, at: datetime) -> bool:
        if not self._is_held(webhook, owner):
            return False
        if error is None:
            return self._letters.pop(letter.id, None) is not None
        self._letters[letter.id] = replace(
            letter, replaying=False, failures=letter.failures + 1, error=error, failed_at=at
        )
        return True

    def _is_held(self, webhook: Webhook, owner: str) -> bool:
        known = self._webhooks.get(webhook.name)
        is_same = known is not None and known.version == webhook.version
        return is_same and self._leases.get(webhook.name, ("", None))[0] == owner

    def _change(self, webhook: Webhook, owner: str, **values: object) -> bool:
        if not self._is_held(webhook, owner):
            return False
        self._webhooks[webhook.name] = replace(self._webhooks[webhook.name], **values)  # type: ignore[arg-type] - members of it
        return True


@dataclass(slots=True)
class Receivers:
    """Takes messages, but for so many times that each address refuses them."""

    refusals: dict[str, int] = field(default_factory=dict[str, int])
    taken: list[tuple[str, str, Mapping[str, str]]] = field(default_factory=list[tuple[str, str, Mapping[str, str]]])

    async def send(self, url: str, body: str, headers: Mapping[str, str]) -> str | None:
        if self.refusals.get(url, 0):
            self.refusals[url] -= 1
            return "The receiver answers 500."
        self.taken.append((url, body, headers))
        return None
