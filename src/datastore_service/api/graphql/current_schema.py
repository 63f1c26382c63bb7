"""The schema of now: it follows the typed collections, in each process by itself (adr/0108)."""

import asyncio
import logging
from time import monotonic
from typing import Any, Final

from graphql import GraphQLSchema, print_schema

from datastore_service.api.graphql.schema import Executable, Schemas
from datastore_service.application.errors import StoreUnavailable
from datastore_service.application.mediator import Step
from datastore_service.application.messages import Message
from datastore_service.application.read.ports.typed_collections import TypedCollections
from datastore_service.application.write.commands.delete_collection import DeleteCollection
from datastore_service.application.write.commands.patch_collection import PatchCollection
from datastore_service.application.write.commands.put_collection import PutCollection
from datastore_service.library_internals.strawberry import core_schema

_CHANGING: Final = (PutCollection, PatchCollection, DeleteCollection)

_log = logging.getLogger(__name__)


class CurrentSchema:
    """Has the schema made again, in a thread, when the typed collections have changed.

    It is a behaviour, too: the process that changes a collection returns when it answers by the change. Others learn
    of it when they look: at most so many seconds after the last time, and at once if an answer may depend on it.

    Attributes:
        executable: The schema of now. A request takes it once, at its start.
    """

    def __init__(self, schemas: Schemas, look_seconds: float) -> None:
        self._schemas = schemas
        self._look_seconds = look_seconds
        self._collections: TypedCollections | None = None
        self._making = asyncio.Lock()
        self._begun = 0
        self._looked_at = 0.0
        self._printed: tuple[Executable, str] | None = None
        self._looking: asyncio.Task[None] | None = None
        self.executable: Executable = schemas.untyped

    @property
    def core(self) -> GraphQLSchema:
        """The schema without typed collections."""
        return core_schema(self._schemas.untyped.schema)

    async def start(self, collections: TypedCollections) -> None:
        """Follows these collections from now on."""
        self._collections = collections
        await self.follow()

    async def close(self) -> None:
        """Follows no more."""
        self._collections = None
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait([self._looking])

    def concerns(self, message: type[Message[Any]], /) -> bool:
        """Tells that this is for the messages that may change the types of a collection."""
        return issubclass(message, _CHANGING)

    async def __call__(self, following: Step, message: Message[Any], /) -> Any:  # noqa: ANN401 - whatever it answers
        answer = await following(message)
        await self.follow()
        return answer

    def taken(self) -> Executable:
        """Returns the schema for a request; begins to look for changes if the last look is long ago."""
        is_idle = self._looking is None or self._looking.done()
        if self._collections is not None and is_idle and monotonic() - self._looked_at > self._look_seconds:
            self._looking = asyncio.create_task(self.follow(), name="look for typed collections")
        return self.executable

    async def looked_up(self) -> Executable:
        """Returns the schema for an answer of which no part can be taken back, after a look if it has types."""
        if self.executable.number:
            await self.follow()
        return self.taken()

    async def sdl(self) -> str:
        """Returns the schema of now in GraphQL's own language."""
        await self.follow()
        executable = self.executable
        if self._printed is None or self._printed[0] is not executable:
            self._printed = executable, await asyncio.to_thread(print_schema, core_schema(executable.schema))
        return self._printed[1]

    async def is_still(self, executable: Executable) -> bool:
        """Tells whether a schema is the one of now; if it is not, `executable` is when this returns."""
        await self.follow()
        return executable.number == self.executable.number

    async def follow(self) -> None:
        """Makes the schema again if the collections have changed; if that fails, the former one stays."""
        if self._collections is None:
            return
        begun = self._begun
        async with self._making:
            if self._begun > begun:
                # Another request has looked since this one asked: one look is for all that wait.
                return
            self._begun += 1
            self._looked_at = monotonic()
            try:
                if await self._collections.number() != self.executable.number:
                    state = await self._collections.current()
                    self.executable = await asyncio.to_thread(self._schemas.typed, state)
            except StoreUnavailable:
                _log.info("Whether typed collections have changed could not be looked up.")
            except Exception:  # noqa: BLE001 - a collection of which no types can be made stops no other request
                _log.exception("The GraphQL schema could not be made of the typed collections; the former one stays.")
