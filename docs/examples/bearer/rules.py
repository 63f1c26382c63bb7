"""Who may do what in which collection, through every door."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from datastore_service.application.errors import Forbidden
from datastore_service.application.feed.use_cases.follow_changes import FollowChanges
from datastore_service.application.messages import Command, Message
from datastore_service.application.ports.clock import Clock
from datastore_service.application.read.queries.check_readiness import CheckReadiness
from datastore_service.application.request_context import Actor
from datastore_service.application.write.ports.unit_of_work import UnitOfWorkFactory

from .grants import Grants
from .reading import as_readable
from .writing import as_writable


@dataclass(frozen=True, slots=True)
class CollectionRules:
    """An authorization: what is not granted is refused or left out, whatever message it is asked by.

    A message that is not known here needs `admin`: so do those that are added later.
    """

    unit_of_work: UnitOfWorkFactory
    clock: Clock

    async def authorize(self, message: Message[Any], actor: Actor, /) -> Message[Any]:
        if isinstance(message, CheckReadiness):
            return message
        # A WebSocket may be open for longer than the token is good for that it was opened with.
        until = actor.claims.get("until")
        if not isinstance(until, datetime) or until <= self.clock.now():
            raise Forbidden("The token has expired.")
        if isinstance(message, FollowChanges):
            message = replace(message, until=until)
        grants = Grants.of(actor)
        if grants.everything:
            return message
        if isinstance(message, Command):
            return await as_writable(message, actor, grants, self.unit_of_work)
        return as_readable(message, grants)
