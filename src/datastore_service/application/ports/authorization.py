"""Who may send what."""

from typing import Any, Protocol

from datastore_service.application.messages import Message
from datastore_service.application.request_context import Actor


class Authorization(Protocol):
    """Judges each message before it is carried out, and may narrow it."""

    async def authorize(self, message: Message[Any], actor: Actor, /) -> Message[Any]:
        """Returns the message as the actor may send it: as it is, or one of the same type that reaches less far.

        Each message of a request is judged once. If something of a GraphQL document that is read at once is refused or
        narrowed, its resolvers read it; what they read below the root, by the ids they have found, are other messages.

        Probes ask `CheckReadiness` as `ANONYMOUS`; an authorization that refuses it makes the service never ready.

        Raises:
            DomainError: The actor may not; as a rule `Forbidden`, or one with a code of its own.
        """
        ...


class AllowAll:
    """Lets everybody do everything: what the service does until an authorization is plugged in."""

    async def authorize(self, message: Message[Any], actor: Actor, /) -> Message[Any]:  # noqa: ARG002 - as the port has it
        return message
