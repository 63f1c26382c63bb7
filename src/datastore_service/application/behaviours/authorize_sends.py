"""Refuses the messages that the authorization does not allow."""

from dataclasses import dataclass
from typing import Any

from datastore_service.application.mediator import Step
from datastore_service.application.messages import Message
from datastore_service.application.ports.authorization import Authorization
from datastore_service.application.request_context import RequestContext, current_context
from datastore_service.domain.errors import DomainError


@dataclass(frozen=True, slots=True)
class AuthorizeSends:
    """Shows each message and its actor to the authorization before anything else happens."""

    authorization: Authorization

    async def __call__(self, following: Step, message: Message[Any], /) -> Any:  # noqa: ANN401 - the message's own result
        return await following(await self._judged(message, current_context()))

    async def _judged(self, message: Message[Any], context: RequestContext) -> Message[Any]:
        """Returns the message as it may be sent; of one that was judged before in the request, what was said then."""
        judgements = context.judgements
        if judgements is None:
            return await self.authorization.authorize(message, context.actor)
        judged = judgements.take(message)
        if judged is None:
            try:
                judged = await self.authorization.authorize(message, context.actor)
            except DomainError as refusal:
                judgements.note(message, refusal)
                raise
            judgements.note(message, judged)
        if isinstance(judged, DomainError):
            raise judged
        return judged
