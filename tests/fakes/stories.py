"""Given these changes, when this command, then these changes: what a use case does, told by the log."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import UUID

from datastore_service.application.mediator import Mediator
from datastore_service.application.messages import Command
from datastore_service.domain.json_value import Json
from tests.fakes.application import in_memory_mediator
from tests.fakes.store import InMemoryStore

type Change = tuple[UUID, int, str, Json]
"""A record's id, the version that it became, what was done, and what it held then."""


@dataclass(slots=True)
class Story:
    """A store in memory, and what happens in it: `(await (await Story().given(...)).when(...)).then(...)`."""

    store: InMemoryStore = field(default_factory=InMemoryStore)
    _told: int = 0

    @property
    def mediator(self) -> Mediator:
        return in_memory_mediator(store=self.store)

    async def given(self, *commands: Command[Any]) -> Self:
        """Carries out what has happened before."""
        for command in commands:
            await self.mediator.send(command)
        self._told = len(self.store.log)
        return self

    async def when(self, command: Command[Any]) -> Self:
        """Carries out what is looked at; a refusal is raised."""
        await self.mediator.send(command)
        return self

    def then(self, *changes: Change) -> None:
        """Makes sure that these changes, and no others, have been logged since what was given."""
        assert self.changes == list(changes)

    @property
    def changes(self) -> Sequence[Change]:
        """What has been logged since what was given."""
        logged = [each.change for each in self.store.log[self._told :]]
        return [(change.record_id, change.version, change.operation, change.payload) for change in logged]
