"""Refuses the messages that the authorization does not allow."""

from dataclasses import dataclass
from typing import Any

from datastore_service.application.mediator import Step
from datastore_service.application.messages import Message
from datastore_service.application.ports.authorization import Authorization
from datastore_service.application.request_context import judged_once


@dataclass(frozen=True, slots=True)
class AuthorizeSends:
    """Shows each message and its actor to the authorization before anything else happens."""

    authorization: Authorization

    async def __call__(self, following: Step, message: Message[Any], /) -> Any:  # noqa: ANN401 - the message's own result
        return await following(await judged_once(self.authorization.authorize, message))
