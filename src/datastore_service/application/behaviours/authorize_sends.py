"""Nobody sends what the authorization does not let him send."""

from dataclasses import dataclass
from typing import Any

from datastore_service.application.mediator import Step
from datastore_service.application.messages import Message
from datastore_service.application.origin import current_origin
from datastore_service.application.ports.authorization import Authorization


@dataclass(frozen=True, slots=True)
class AuthorizeSends:
    """Shows each message and its actor to the authorization before anything else happens."""

    authorization: Authorization

    async def __call__(self, following: Step, message: Message[Any], /) -> Any:  # noqa: ANN401 - the message's own result
        return await following(await self.authorization.authorize(message, current_origin().actor))
