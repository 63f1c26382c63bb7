"""Who may send what."""

from typing import Any, Protocol

from datastore_service.application.messages import Message
from datastore_service.application.origin import Actor


class Authorization(Protocol):
    """Judges each message before it is carried out."""

    async def authorize(self, message: Message[Any], actor: Actor, /) -> None:
        """Returns if the actor may send the message.

        Probes ask `CheckReadiness` as `ANONYMOUS`; an authorization that refuses it makes the service never ready.

        Raises:
            Forbidden: He may not.
        """
        ...


class AllowAll:
    """Lets everybody do everything: what the service does until an authorization is plugged in."""

    async def authorize(self, message: Message[Any], actor: Actor, /) -> None:
        pass
